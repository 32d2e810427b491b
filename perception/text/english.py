"""The commonest words of English that few other languages write.

They are those of the most posts in GoEmotions' training part (Apache-2.0), but for words such as `hand`, `gift` and
`idea`, which other languages write too; some words of feelings and of chats were added by hand.
"""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
    ability able above absolute absolutely abuse accept accident accidentally according account accurate across act
    acting action active actually add added admit adorable adult adults advantage advice afford afraid after against
    age ago agree agreed ahead ahhh ain't air alive allow allowed almost alone along already alright although amazing
    america american amount animals annoying another answer anxiety anxious anybody anymore anyone anything anyway
    anyways anywhere apart apologies apologize app apparently appreciate area aren't argue argument arms around article
    ashamed ask asked asking ass asshole assume assuming attack attempt attention attitude attractive available average
    avoid aware away awesome awful awkward aww babies baby background badly balls banned barely based basically
    basketball bastard bear beat beautiful become becoming before beginning behavior behind believe below besides
    better between beyond big bigger biggest bike bill birthday bitch black blame bless block blue board body bones
    book books bored born boss both bother bottom bought bowl box boy boyfriend boys brain break breaking breathe
    brilliant bring british bro broke broken brother brought btw buddy build building bullshit bunch burn business busy
    butt buy buying c'mon cake call called calling calls calm came canada cancer cannot cant car card care career
    careful cares carry cars case cash cat catch cats caught cause caused center certain certainly challenge change
    changed channel character characters cheap cheating check checked cheerful cheers cheese chicago chicken child
    children chill china choice choose christmas church city claim claims class classic clean clear clearly close clue
    coach coffee cold college come comes coming comment comments common community company compared complain complaining
    complete completely concern concerned confidence confirm confused congrats congratulations conservative consider
    considered considering constantly contact context continue contract control conversation cool cops correct cost
    could've count countries country couple course court cover covered coz crap crazy create created credit creepy
    cross crushing cry crying culture cup curious current currently cut cute cuz dad daddy daily damage dammit damn
    damnit danger dangerous dark date dating daughter days dead deal dear death decent decide decided decision deep def
    defend defense definitely definition delete deleted delicious delighted delivery depends depression deserve
    deserves desperate despite destroy didnt died difference different difficult directly dirty disagree disappointed
    disappointing discussion disgusting dislike doesnt dog dogs doing dollars done dont doubt downvote downvoted
    downvotes draft drag dreadful dream drink drive driving drop dropped drug drugs drunk dude due dumb dumbass dunno
    during dying each earlier early earth easier easily easy eat eating edit education effect effort either else
    embarrassed embarrassing emotional end ended ending ends energy english enjoy enjoyed enjoying enough entire
    entirely epic episode episodes especially etc event eventually ever every everybody everyone everything everywhere
    evidence evil exact exactly exam example excellent except excited excuse exhausted exist existed exists expect
    expected expecting expensive experience explain explaining explanation extra extreme extremely eye eyes face
    facebook facts fail failed fair fairly faith fall falling false family fantastic father fault favorite favourite
    fear feed feelings feels feet fell fellow felt female few fight fighting figured finally find finding fine finish
    finished fired first five fix fixed floor florida flying focus folks follow food foot football force forced foreign
    forever forget forgive forgot forward found four freaking free freedom fresh friend friends frightened front
    frustrating fuck fucked fucking full fully fun funny furious further future game games garbage gave gender
    generally genius genuinely gets getting giant gimme girl girlfriend girls give given gives giving glass gloomy goal
    goals god goes golden gone gonna goodbye google gorgeous gotta gotten government grateful great greatest green grew
    ground group guessing guilty guns guy guys hadn't haha hahaha hair half handle hands handsome happen happened
    happening happens happiness hard harder hasn't hated hates haven't having he'd he'll he's head heads health healthy
    hear heard hearing heart heartbroken heavy hell help helped helpful helping helpless helps here's herself hes hide
    high higher highly hilarious himself hire history hmm hockey holding holy home homesick honest honestly hope
    hopefully hopeless hoping hormones horrible hospital hour hours house however huge hugs huh human humans hundred
    hurt hurts husband ice ideas idiot idiots idk ignorance ignorant ignore ikr ill illegal ily image imagine imo
    important impossible impressed impressive including incredible incredibly indeed information injury innocent insane
    inside instagram instead insurance interest interested interesting interview involved ironic irony isnt issue
    issues it'd it'll itself ive jail jealous jerk jersey jk jobs join joke jokes joking judge jump keep keeping keeps
    key kidding kids kill killed killing kinda king knew knowing knowledge known knows lack lady language large late
    lately later laugh laughed laughing law laws lawyer lead league learn learned learning least leave leaving left
    legit legs lemme less lesson lets letting level levels liberals lie lies life light lights liked likely likes line
    lines link listen listening literally little lived lives living lmao lmfao logic lol lonely longer look looked
    looking looks lose loser losing loss lost lot lots loud lousy loved lovely loves loving low lower luck lucky lunch
    lying ma'am magic major majority makes makeup making market marriage married massive match matter matters maybe
    meaning means meant meat media medical meet meme memes memory mention mentioned mess met middle military million
    minute minutes miserable miss missed missing mistake mixed moments mommy money monster month months morning moron
    mostly mother mouth move moved movie movies moving multiple murder music myself nah name names nasty nauseous near
    nearly necessary needed needs negative neither nervous netflix new news next nice night nightmare nobody none nope
    north nothing notice noticed nowhere number numbers nvm obvious obviously odd offended offense offer office often
    oil old older omfg omg once ones online ooh opinion opinions opportunity opposite option options order other others
    otherwise outside overall overwhelmed own owner paid painful paper parent parents parties partner party pass passed
    past pathetic paying peace penis people's perfectly performance period personal personality personally perspective
    phone photo photos physical physically pic pick picture pictures piece piss pissed places play played player
    players playing playoffs plays plenty plot pls plz point points police political politics poor popular population
    porn position positive possible possibly posted posting posts potential power pray prefer pregnant president press
    pretend pretty price prison private probably problems process professional professor promise proof proper properly
    property protect proud prove provide public pull pure purpose push put putting quality queen question questions
    quick quickly quit quite quote race racism racist random range rate rather reaction reading ready reality realize
    realized reason reasonable reasons recent recently recommend record red reddit reference referring regardless
    regular relate related relationship relationships release relevant relieved religion remember remindme reminds
    removed replace reply report repost research response responsible results return rich rid ride ridiculous right
    rights risk road rofl roll romantic room rough round ruin ruined rule rules run running russian sadly safe said
    sake save saved saw say saying says scared scary scene science screaming screen search season seasons second
    seconds secret security seeing seem seemed seems seen self selfish send sending sense sent sentence series serious
    seriously service set several sexual sexy shaking shame share sharing she'll she's shes shirt shit shitty shock
    shocked shoes shoot shooting short shot shots should've shouldn't shouted show showed showing shows shut sick side
    sign signed silly similar simple simply since sincerely single sister sit sitting situation skills skin sleep
    sleepy slightly slow small smell smh smile snow society solid somebody somehow someone something sometimes
    somewhere song songs soon soul sound sounds south space speak speaking special specific specifically speech speed
    spend spent sports stand standard started starting starts state statement states stay steal step stick stopped
    store stories story straight strange stranger street stressed strong stuck student students stuff stupid style
    subreddit subs success such suck sucks suddenly suggest summer sup support supposed surely surprise surprised swear
    sweet switch system take taken takes taking talk talking tax taxes tbh teach teacher teams tears technically
    telling ten tend term terms terrible terrified terrifying thats themselves theory therapist therapy there's they'd
    they'll they're they've thinking thinks third tho though thought thoughts thread three thrilled through throw
    throwing thx til till times tiny title together told tomorrow tonight took tool totally touch tough towards town
    toxic trade traffic trash treat trembling tried trolling trouble truck true truly trust truth try trying ttyl turn
    turned turns twice twitter ugh ugly uhh umm unbelievable uncomfortable understand understanding understood
    unfortunately unless until update upset upvote upvotes use used useful username using usually valid value version
    videos view views visit voice vote voted voting waiting wake walk walking wall wanna wanted wants wars waste watch
    watched watching way ways we'll we're we've wearing website weed weekend weeks weight weird welcome went weren't
    west whatever whenever whether while white who's whoa whoever whole wholesome wife willing win winning wins wish
    within without woman women wonderful wondering wont word words work worked working works world worried worries
    worry worse worth worthless would've wouldn't wow write writing written wrong wrote wtf xd y'all y'know yay yea
    year years yelled yep yesterday yet yikes you'd you'll you've young younger yours yourself youtube yup zero
"""

COMMON: Final = frozenset(_WORDS.split())
