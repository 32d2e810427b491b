"""Commonest function words, greetings and letters of languages in Latin script.

A word that English uses as often (`die`, `war`, `son`, `come`, `men`) tells nothing and is in no list but its own.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH: Final = _words(
    """
    the a an and or but if of to in on at by for from with about as is am are was were be been being i i'm i've i'll i'd
    you you're he she it it's we they me him her us them my your his its our their this that that's these those what
    what's who how why when where which there here not no don't doesn't didn't isn't wasn't can't won't couldn't do does
    did have has had can could will would should may might must just so very really too more than then now get got go
    going know like want need make made think feel feeling good bad well yes yeah ok okay oh hey hi hello thanks thank
    please sorry love hate happy sad angry tired all some any up out back down over again still only never always today
    because into off let's guess one two time day people thing things much many even also bye
    """
)

SHARED: Final = _words("a am an as do he i in is me no of on or so us was we will")
"""English words that other languages write too (Spanish `me`, Dutch `is`, German `so`): alone they prove little."""

WORDS: Final = {
    "es": _words(
        """
        el los las una unos que qué y de del por para con pero como cómo más muy mi tu su tú él ella
        nosotros ellos es está están estoy estás estamos eres soy somos ser fue hay tengo tiene tienes
        quiero quiere puedo puede esto eso este esta ese esa aquí allí donde dónde cuando cuándo porque
        también siempre nunca hoy ayer mañana bien mal hola gracias adiós buenos buenas días tardes noches
        feliz triste enojado miedo te lo le nos se sí todo nada algo mucho poco siento hasta sobre entre
        vida amigo muero duele gusta odio cansado cansada sola asusta encanta pasa ayuda mata
        """
    ),
    "fr": _words(
        """
        de te voir tellement vraiment moi toi manques l'amour le les une des du et est es je j'ai j'aime tu
        il elle nous vous ils elles que qui quoi pas ne ce cette ces sa mes tes ses pour avec dans sur mais
        ou où donc très bien mal suis sommes êtes sont être avoir avons avez ont fait faire c'est c'était
        n'est n'ai qu'il d'un d'une l'on aujourd'hui hier demain jamais toujours aussi comme quand pourquoi
        parce bonjour bonsoir merci beaucoup salut oui non au aux la heureux heureuse triste peur colère
        rien tout trop peu encore tue fous fatigué fatiguée ras-le-bol marre seul seule crève rend
        """
    ),
    "de": _words(
        """
        der das des ein eine einen einem einer und oder aber ich du sie es wir ihr mich mir dich dir uns ist
        bist sind seid sein waren habe hast haben hatte wird werden kann kannst können nicht kein keine nie
        immer sehr auch noch schon nur mit von zu zum zur für auf aus bei nach über unter wie wo warum weil
        dass wenn heute gestern morgen hallo danke bitte guten schlecht glücklich traurig wütend angst mein
        meine dein deine ja nein doch mal gar nichts alles viel müde allein einsam ruhe leid geht machst
        """
    ),
    "it": _words(
        """
        il lo gli la le un uno una di del della dei delle che chi cosa è sono sei siamo siete essere hai
        abbiamo avete hanno non più molto troppo mi ti ci vi si io tu lui lei noi voi loro e con se dove
        quando perché anche sempre mai oggi ieri domani questo questa quello quella mio mia tuo tua ciao
        grazie prego buongiorno buonasera sì bene felice triste arrabbiato paura tutto niente sto stai sta
        sento manchi fa odio stanco stanca sola
        """
    ),
    "pt": _words(
        """
        os uma de da dos das que e é são sou está estou estamos eu você vocês ele ela nós eles não sim com
        para por mas como mais muito meu minha seu sua isso isto este esta aqui onde quando porque também
        sempre nunca hoje ontem amanhã olá oi obrigado obrigada bom boa dia noite feliz triste raiva medo
        tudo nada foi ser ter tenho tem quero posso pode na ao à sinto cansado cansada sozinho sozinha odeio dói
        """
    ),
    "nl": _words(
        """
        de het een en ik je jij hij zij wij jullie ze mij jou zijn bent heb hebt heeft hebben niet geen maar
        ook nog wel voor naar bij uit om dit deze hoe waar waarom omdat als vandaag gisteren morgen hallo
        bedankt dank goed slecht blij verdrietig boos mijn jouw altijd nooit heel erg zo'n kan kunnen wil
        laat voel alleen eenzaam spijt
        """
    ),
    "pl": _words(
        """
        w z na nie tak jest są jestem jesteś się że co jak ale czy już tylko bardzo też dla po za od przez
        mnie mi ci cię mój moja twój ja ty ona my wy oni te dzisiaj dziś wczoraj jutro cześć dziękuję proszę
        dobrze źle szczęśliwy szczęśliwa smutny smutna zły boję był była być mam masz mogę gdzie kiedy
        dlaczego zawsze nigdy
        """
    ),
    "sv": _words(
        """
        och att det är en ett jag du han hon vi ni som på för av från inte har hade var vara kan ska vill om
        så när hur vad varför idag igår imorgon hej tack dåligt ledsen rädd din mycket också aldrig alltid
        mig sig
        """
    ),
    "tr": _words(
        """
        bir bu şu ne için çok sen biz siz onlar değil var yok mı mi mu mü ama gibi daha bana sana beni seni
        bugün dün yarın merhaba teşekkür teşekkürler evet hayır iyi kötü mutlu üzgün kızgın korku nasıl
        neden kadar benim senin hiç şey
        """
    ),
    "id": _words(
        """
        yang dan di ke dari ini itu untuk dengan tidak bukan saya aku kamu anda dia kami kita mereka ada
        akan sudah belum bisa juga sangat sekali hari kemarin besok halo terima kasih selamat senang sedih
        marah takut apa kenapa bagaimana karena tapi atau jangan
        """
    ),
    "vi": _words(
        """
        tôi bạn là và của không có được cho với này đó rất một những các trong khi hôm nay cảm ơn xin chào
        vui buồn giận sợ anh chị mình làm gì sao thế vì nhưng
        """
    ),
    "da": _words(
        """
        jeg er ikke og det hvad hvordan hvorfor meget mig dig hun den et som på har kan skal vil så glad
        trist vred bange tak hej aldrig altid også efter
        """
    ),
    "fi": _words(
        """
        minä sinä hän olen olet ei se tämä että mutta kun jos hyvin niin nyt tänään eilen huomenna kiitos
        moi iloinen surullinen vihainen pelottaa miksi mitä missä kyllä aina
        """
    ),
    "ro": _words(
        """
        sunt ești este suntem nu și că eu tu el ea noi voi foarte azi astăzi ieri mâine bună mulțumesc ce
        cum unde când pentru cu din dar dacă fericit fericită trist tristă supărat frică
        """
    ),
    "cs": _words(
        """
        jsem jsi je jsou se že co jak ale velmi dnes včera zítra ahoj děkuji děkuju prosím dobře špatně já
        ty ona nevím není mám máš mě tě proč kde když šťastný šťastná smutný smutná
        """
    ),
    "hu": _words(
        """
        vagyok vagy nem és az egy hogy nagyon tegnap holnap köszönöm szia igen jól rosszul boldog szomorú
        dühös félek miért hol mit mert csak már még én ő
        """
    ),
    "tl": _words(
        """
        ako ikaw siya kami tayo sila ang ng mga hindi oo ito iyan bakit paano salamat kumusta masaya
        malungkot galit takot po ngayon bukas kahapon mahal kita lang naman
        """
    ),
    "hi-Latn": _words(
        """
        hai hain hoon hun tha thi nahi nahin nai kya kyun kyu kyon mujhe mujhse mera meri mere tum tumhe tumhara tumhari
        aap hum humko bahut bohot bhot acha accha achha yaar bhai aaj kal abhi raha rahi rahe gaya gayi karna karo kar
        ka ki ke ko se aur lekin magar bas haan sab kuch kaise kaisa kaisi kahan kitna kitni gussa khush dukhi dar dard
        pyaar zindagi matlab sach mein wala wali
        """
    ),
    "zh-Latn": _words(
        """
        wo ni ta women nimen tamen hen bu shi de le ma ne ba zai zhe zhende na nage zhege zhe shenme zenme weishenme
        xiang kaixin gaoxing nanguo shengqi haipa xihuan xiexie nihao jintian mingtian zuotian xianzai haode keyi
        meiyou dou ye hao tai feichang yao qu lai shuo kan
        """
    ),
    "ar-Latn": _words(
        """
        ana enta enti inta inti howa heya ehna ahna ento wallah wallahi yalla habibi habibti inshallah inshaallah
        mashallah alhamdulillah mesh mish mafi mafeesh leh leih eih aywa aiwa la2 keda kda awi awy kteer ktir shu shou
        wein feen ma3 ya3ni yaani bas kol dah elly el fi 3ala 3ayez 3ayza 7abibi 7aga el7amdulillah kaman bokra
        """
    ),
    "ru-Latn": _words(
        """
        ya ty vy menya mne mnya tebya tebe ego eto chto kak pochemu gde kogda ochen ne da ili uzhe eshche
        escho tolko segodnya zavtra vchera privet spasibo pozhaluysta khorosho horosho plokho ploho vse nichego
        prosto lyublyu rad rada grustno bolshe takoy tak pri
        """
    ),
    "ja-Latn": _words(
        """
        wa ga wo ni desu deshita masu masen mashita kyou ashita kinou watashi boku ore anata kimi totemo sugoku ureshii
        kanashii tanoshii kowai samishii arigatou gozaimasu konnichiwa ohayou sumimasen gomen nasai ne yo kedo kara
        dakara hontou maji kimochi suki daisuki kirai yabai mou da na
        """
    ),
}
"""By ISO 639-1 code; what is written in Latin letters against custom, by BCP 47 tag (`zh-Latn` is pinyin)."""

LETTERS: Final = {
    "es": frozenset("ñ¿¡"),
    "fr": frozenset("çèêàùœ"),
    "de": frozenset("ßäöü"),
    "it": frozenset("ìò"),
    "da": frozenset("æøå"),
    "ro": frozenset("ășțâ"),
    "cs": frozenset("ěščřžýůň"),
    "hu": frozenset("őű"),
    "pt": frozenset("ãõ"),
    "pl": frozenset("ąćęłńśźż"),
    "sv": frozenset("åäö"),
    "tr": frozenset("ğışç"),
    "vi": frozenset("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"),
}
"""Letters that English words do not have."""

INTERJECTIONS: Final = _words(
    "ah aha aw ow ew eh hm hmm huh uh um umm mm mhm ooh oops ouch phew psst shh ugh whoa wow yo ha haha"
)
"""Sounds that English spells so; other languages make them too, so that they tell of no other."""

CANTONESE: Final = frozenset("唔嘅咗喺冇佢咁啲嚟嘢哋乜嗰喎")
"""Characters of written Cantonese, of which Mandarin uses one at a time at most."""
