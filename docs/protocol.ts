// Made from the models in api/wire/ by: attune protocol typescript --out docs/protocol.ts
//
// A client ignores the types and fields that it does not know: frames and fields may be added, none is changed.

/** Bytes before the payload of a binary frame. */
export const HEADER_BYTES = 16;

/** Bytes of the largest frame the server reads. */
export const MAX_FRAME_BYTES = 17000200;

/** First byte of a binary frame. */
export const MEDIA_KINDS = { jpeg: 1, pcm16: 2 } as const;

/** With what the server closes a connection. */
export const CLOSE_CODES = {
  /** Either side said goodbye. */
  normal: 1000,
  /** The server is stopping. */
  going_away: 1001,
  /** The connection is not allowed: a page of another origin, or nobody that the server knows. */
  policy_violation: 1008,
  /** A frame was larger than the server reads. */
  too_big: 1009,
  /** The server broke; its log says why. */
  internal: 1011,
  /** The server restarts. */
  restart: 1012,
  /** Another connection has resumed the session; resuming again would take it back. */
  resumed_elsewhere: 4001,
  /** The client has sent nothing for too long. */
  idle: 4002,
  /** The session has lasted as long as one may; start a new one. */
  session_too_long: 4003,
  /** The connection began no session in time. */
  no_session: 4004,
} as const;

/** Close codes after which a client does not resume by itself. */
export const FINAL_CLOSE_CODES: readonly number[] = [1000, 1008, 4001, 4003, 4004];

/** `code` of an `error` frame; later servers may send others. */
export type ErrorCode =
  // The frame is no JSON.
  | "bad_json"
  // There is no frame of that type.
  | "unknown_type"
  // A field is wrong; `field` names it.
  | "bad_frame"
  // The header of a binary frame is wrong; `field` names what.
  | "bad_binary"
  // The connection has no session yet; `session.start` or `session.resume` comes first.
  | "session_required"
  // The connection has a session; another one needs a connection of its own.
  | "session_already_started"
  // No session has that token: it has ended or was let go. Start a new one.
  | "session_unknown"
  // Nothing is perceived or answered before `notice.ack`.
  | "notice_not_acknowledged"
  // PCM16 frames come between `user.audio.start` and `user.audio.end`.
  | "audio_not_started"
  // No turn is running.
  | "nothing_to_interrupt"
  // The last turn did not break.
  | "nothing_to_retry"
  // The turn that was read wrong is not in the database.
  | "nothing_to_correct"
  // No such offer is open.
  | "no_handoff_offered"
  // The wire has the frame, this server does not obey it yet.
  | "not_supported_yet"
  // `user_id` names somebody else than the key does; leave it out.
  | "user_refused"
  // Too much in too short a time; `retry_after_s` says how long to wait. The socket lives on.
  | "rate_limited"
  // The server holds as many sessions as it can.
  | "too_many_sessions"
  // Some of what was missed is not kept any more; the history has it.
  | "replay_incomplete"
  // A message holds words, a picture or a recording.
  | "empty_turn"
  // The words are longer than a turn may be.
  | "text_too_long"
  // The picture or the recording is larger than it may be.
  | "media_too_large"
  // The picture or the recording cannot be read.
  | "media_unreadable"
  // No persona has that name.
  | "unknown_persona"
  // The persona cannot be used.
  | "persona_invalid"
  // The deployment forbids it.
  | "gate_closed"
  // The agent does not do that; `message` says why.
  | "refused"
  // The senses broke.
  | "perception_failed"
  // The endpoint of the chat model does not answer.
  | "chat_model_unreachable"
  // The chat model has no time; `retry_after_s` says how long to wait, where known.
  | "chat_model_busy"
  // The chat model broke.
  | "chat_model_failed"
  // The chat model refuses the request: a key, a name or a parameter is wrong.
  | "chat_model_refused"
  // The chat model broke off.
  | "chat_model_interrupted"
  // The database cannot be used now.
  | "memory_unusable"
  // Something nobody foresaw; the log of the server says what.
  | "internal"
  | (string & {});

/** What every frame of the server has. */
export interface ServerFrameBase {
  /**
   * Counts the frames of a session. A client that finds a gap was away too long, or read too slowly. Frames of the live
   * link are left out first, and without a word; where others are, an `error` with `replay_incomplete` says so: the
   * server keeps the last 2,000.
   */
  seq: number;
  /** The turn it belongs to: the n-th message of the session that began one; 0 outside any. */
  turn: number;
}

/** Begin a session. The answer is `session.notice`. */
export interface SessionStart {
  type: "session.start";
  /** Name of the persona; by default `chat`. */
  persona?: string | null;
  /** Instead of a name: one sentence that describes a persona ("you are a tsundere cat girl"). */
  custom?: string | null;
  /** ISO 639-1 code of notice, greeting and replies; by default replies follow the person's words. */
  lang?: string | null;
  /** Whose conversation it is; the client vouches for it. Where left out: "local". */
  user_id?: string;
  /**
   * What becomes of a message that comes while a turn runs: it waits, is refused, or stops that turn. By default as the
   * server is set.
   */
  busy?: "queue" | "reject" | "interrupt" | null;
  /**
   * Feel the pictures that come between messages, as `live.set` does, once vision is consented to. Where left out:
   * false.
   */
  live?: boolean;
}

/** Take up a session after the connection broke. What was missed comes again, then `session.started`. */
export interface SessionResume {
  type: "session.resume";
  /** From `session.started`. */
  token: string;
  /** `seq` of the last frame received; 0 for none. */
  last_seq: number;
  /** `epoch` of the last `session.started`. */
  epoch?: number | null;
  /**
   * `number` of the last `reply.done` received; 0 for none. After a restart of the server, `reply.done` of the turns
   * after it comes again; without it, that of the last turn.
   */
  last_turn?: number | null;
  /**
   * Follow the session beside the connections that it has; by default they are closed with code 4001. Where left out:
   * false.
   */
  attach?: boolean;
}

/** The person has read the notice. The answer is `session.started`, then `persona.greeting`. */
export interface NoticeAck {
  type: "notice.ack";
  /** What may be perceived from now on. May be sent again to change it. */
  consent: Consent;
}

/**
 * Turn the live link on or off: JPEG frames that come while no turn runs, and PCM16 frames of a recording, are felt as
 * they come, and `perception.observed` says so with `live`. The answer is `live.state`.
 */
export interface LiveSet {
  type: "live.set";
  /** Feel pictures. Where left out: false. */
  vision?: boolean;
  /** Feel the voice of a recording while it comes in. Where left out: false. */
  audio?: boolean;
}

/** One turn: words, a picture, a recording, or any of them. */
export interface UserMessage {
  type: "user.message";
  /** Typed words, at most 20,000 characters. */
  text?: string;
  /** A JPEG, PNG, WebP or BMP file in base64 or as a data URL, at most 6,000,000 bytes; replaces a JPEG frame. */
  image?: string | null;
  /**
   * A WAV, FLAC, Ogg, MP3, WebM or M4A file in base64 or as a data URL, at most 6,000,000 bytes; replaces PCM16 frames.
   */
  audio?: string | null;
  /** The picture is a face crop already. Where left out: false. */
  crop?: boolean;
  /** ISO 639-1 code of the reply, for this turn. */
  lang?: string | null;
}

/** PCM16 frames follow; a recording not yet sent is dropped. */
export interface UserAudioStart {
  type: "user.audio.start";
}

/** The recording is whole; it waits for the next `user.message`, which may have no text. */
export interface UserAudioEnd {
  type: "user.audio.end";
}

/**
 * The person was read wrong. Their word holds for that turn and in the session from the next turn on; another
 * correction undoes it.
 */
export interface UserCorrection {
  type: "user.correction";
  /** The `turn` of the frames that were wrong; by default the last. */
  turn?: number | null;
  /** What the person felt. */
  emotion?: Emotion | null;
  /** In their own words; where no `emotion` is given and they name one, it counts. */
  text?: string;
  /** The person agrees that the turn and this label go into an export of labelled data. Where left out: false. */
  share?: boolean;
}

/** Let another persona answer. The answer is `route.changed`, if it is another one, and `persona.greeting`. */
export interface PersonaSet {
  type: "persona.set";
  /** Its name. */
  persona?: string | null;
  /** Instead of a name: one sentence that describes it. */
  custom?: string | null;
}

/** Yes or no to `handoff.offered`. Yes is answered by `route.changed`, when the running turn has ended. */
export interface HandoffAnswer {
  type: "handoff.answer";
  /** `offer` of the frame answered. */
  offer: string;
  /** Let that persona take over. */
  accept: boolean;
}

/** Stop the running turn. It ends with `reply.done`, `interrupted` true unless the reply was whole by then. */
export interface ReplyInterrupt {
  type: "reply.interrupt";
  /** How much of the reply the person has seen or heard, in characters; by default all that was sent. */
  delivered_chars?: number | null;
}

/** Take up the turn that ended with a retryable `error` where it broke; the senses are not asked again. */
export interface TurnRetry {
  type: "turn.retry";
}

/** Are you there? */
export interface Ping {
  type: "ping";
  /** Comes back in the `pong`. */
  id?: string | null;
}

/** What the person allows, by sense. What is left out is not allowed. */
export interface Consent {
  /** Read emotion from pictures of the face. Where left out: false. */
  vision?: boolean;
  /** Read emotion from the sound of the voice. Where left out: false. */
  audio?: boolean;
  /** Read emotion from words, typed or said. Where left out: false. */
  text?: boolean;
}

/** Ekman's six basic emotions and neutral. The order is fixed: every vector in Attune follows it. */
export type Emotion = "happy" | "sad" | "angry" | "fear" | "surprise" | "disgust" | "neutral";

/** What a person must be told first. Nothing is perceived or answered before `notice.ack`. */
export interface Notice extends ServerFrameBase {
  type: "session.notice";
  /** To be shown as it is: this is an AI that reads emotion, from what, and what it keeps. */
  text: string;
  /** Language of the text. */
  lang: string;
  /** The senses that consent may be asked for; the deployment forbids the others. */
  modalities: Modality[];
  /** What this server is used for. */
  deployment_context: string;
  /** Of the wire. */
  protocol: number;
}

/** The notice is acknowledged, consent has changed, or the session is resumed. */
export interface SessionStarted extends ServerFrameBase {
  type: "session.started";
  /** For the commands that show, export or erase a conversation. */
  session_id: string;
  /** For `session.resume`; a secret. */
  token: string;
  /** Who answers. */
  persona: string;
  /** The receipt: what may be perceived. */
  consent: ConsentSent;
  /** Nobody greets again. */
  resumed: boolean;
  /**
   * How long the session outlives its connection in memory. Later, and after a restart of the server, it is taken up
   * from the database, for a day unless the server is set otherwise.
   */
  resume_seconds: number;
  /**
   * Counts the times that the session was taken up from the database. In a new epoch `seq` goes on above the `last_seq`
   * of the client that resumed first.
   */
  epoch: number;
  /** The turn that runs now; null for none: then nothing more comes of the turns before. */
  running: number | null;
  /** What becomes of a message that comes while a turn runs. */
  busy: "queue" | "reject" | "interrupt";
}

/** A persona introduces itself. */
export interface PersonaGreeting extends ServerFrameBase {
  type: "persona.greeting";
  /** Its name. */
  persona: string;
  /** In character; empty for a persona that has no greeting. */
  text: string;
}

/**
 * A turn is running. Where the policy is `reject` the frame was not taken: send it again after `reply.done`, or
 * `reply.interrupt` first. Else it was, and its turn begins when those before it have ended.
 */
export interface ThreadBusy extends ServerFrameBase {
  type: "thread.busy";
  /** `type` of the frame that found the thread busy. */
  about: string;
  /** What was done: `queue`, it waits; `reject`, it was not taken; `interrupt`, it waits, and the turn was stopped. */
  policy: "queue" | "reject" | "interrupt";
  /** Its place in the queue, from 1; null where it was not taken. */
  position: number | null;
}

/** A turn of a message has begun that waited, or that another connection of the session may not know of. */
export interface TurnStarted extends ServerFrameBase {
  type: "turn.started";
  /** What was typed. */
  text: string;
  /** It waited for the turn before. */
  queued: boolean;
}

/** The live link is on or off from now on. */
export interface LiveState extends ServerFrameBase {
  type: "live.state";
  /** Pictures between messages are felt. */
  vision: boolean;
  /** The voice of a recording is felt while it comes in. */
  audio: boolean;
  /** Why something that was asked for or was on is off: `consent`, `deployment`, or `sense` where it cannot. */
  reason: string | null;
}

/** The last frame of a connection that the server closes: why, and with which code. */
export interface SessionClosing extends ServerFrameBase {
  type: "session.closing";
  /** A code: `idle`, `no_session`, `session_too_long`, `server_stopping`. */
  reason: string;
  /** For people. */
  message: string;
  /** With which the connection is closed. */
  close_code: number;
  /** The session may be taken up again with `session.resume`. */
  resume: boolean;
}

/** A sense has answered. */
export interface PerceptionObserved extends ServerFrameBase {
  type: "perception.observed";
  /** What it says. */
  observation: ObservationShape;
  /** How old its evidence was when this was sent. */
  age_ms: number;
  /** It comes from the live link and belongs to no turn: `turn` is 0. */
  live: boolean;
  /** Of the live link: the emotion to show, which does not flicker; null while none is sure. */
  steady: Emotion | null;
}

/** Speech has become words. */
export interface SpeechTranscribed extends ServerFrameBase {
  type: "speech.transcribed";
  /** What was said. */
  transcript: TranscriptShape;
}

/** The senses have been weighed. */
export interface AffectFused extends ServerFrameBase {
  type: "affect.fused";
  /** What they say together. */
  affect: AffectShape;
}

/** A correction is kept. */
export interface CorrectionNoted extends ServerFrameBase {
  type: "correction.noted";
  /** Of the corrected turn in the database, from 1. */
  number: number;
  /** What the senses had made of it; null where they could not tell. */
  read: Emotion | null;
  /** What the person says they felt; null where they only say that it was not that. */
  emotion: Emotion | null;
  /** It may go into an export of labelled data. */
  shared: boolean;
}

/** Another persona would fit better; the person is asked. It lapses two turns later, and silence changes nothing. */
export interface HandoffOffered extends ServerFrameBase {
  type: "handoff.offered";
  /** For `handoff.answer`. */
  offer: string;
  /** Who would take over. */
  persona: string;
  /** A code. */
  reason: string;
  /** The question to show. */
  text: string;
}

/** Somebody else answers from here on. Sent only when it changes. */
export interface RouteChanged extends ServerFrameBase {
  type: "route.changed";
  /** Who answers now; `crisis` for the fixed words of a crisis. */
  persona: string;
  /** Who answered before. */
  previous: string;
  /** A code: `chosen`, `crisis`, `handoff` by a rule, `handed_over` with the person's leave. */
  reason: string;
}

/** A piece of the reply, to be appended. */
export interface ReplyDelta extends ServerFrameBase {
  type: "reply.delta";
  /** As it is, spaces included. */
  text: string;
}

/** The turn is over and in the database. */
export interface ReplyDone extends ServerFrameBase {
  type: "reply.done";
  /** Its id in the database; null for a turn that was interrupted before anything was delivered: it is not kept. */
  turn_id: string | null;
  /** Its number in the database, from 1; null likewise. */
  number: number | null;
  /** The whole reply: what the deltas add up to, or what was delivered of it. */
  text: string;
  /** Who answered. */
  persona: string;
  /** It was cut short, by the person or because the chat model broke off. */
  interrupted: boolean;
  /** Timings in milliseconds, and other small facts. */
  trace: Record<string, number | string>;
  /** It was read from the database for a client that may have missed it; the same `turn_id` may have come before. */
  recovered: boolean;
}

/** Something was not done. The socket lives on. */
export interface ErrorFrame extends ServerFrameBase {
  type: "error";
  /** Stable; for programs. */
  code: ErrorCode;
  /** For people: what, why, and what to do. */
  message: string;
  /** The same may work later. */
  retryable: boolean;
  /** `type` of the frame it answers; `binary` for a binary one; null where that is not known. */
  about: string | null;
  /** The field that is wrong. */
  field: string | null;
  /** The turn is over; there will be no `reply.done`. Where false, a turn goes on without what failed. */
  ends_turn: boolean;
  /** Seconds to wait before trying again, where known. */
  retry_after_s: number | null;
}

/** Yes. */
export interface Pong extends ServerFrameBase {
  type: "pong";
  /** From the `ping`. */
  id: string | null;
}

/** What all senses together say; all of it null where none could tell. */
export interface AffectShape {
  /** The likeliest emotion. */
  top: Emotion | null;
  /** Probability of each emotion. */
  scores: Record<Emotion, number> | null;
  /** Pleasure, in [-1, 1]. */
  valence: number | null;
  /** Activation, in [-1, 1]. */
  arousal: number | null;
  /** Probability of `top`. */
  confidence: number | null;
  /** How far the scores may be relied on. */
  reliability: number;
  /** The weight each sense got. */
  shares: ShareShape[];
  /** Where the senses disagree. */
  conflicts: CodeShape[];
  /** What the policy has changed, in order. */
  fired: FiredShape[];
  /** What the policy wants noticed. */
  notes: CodeShape[];
}

/** A cue or a conflict: a code with parameters. */
export interface CodeShape {
  /** Snake case; the key of the text that renders it. */
  code: string;
  /** What the text needs. */
  params: Record<string, string | number | boolean>;
}

/** What the person allows, by sense. What is left out is not allowed. */
export interface ConsentSent {
  /** Read emotion from pictures of the face. */
  vision: boolean;
  /** Read emotion from the sound of the voice. */
  audio: boolean;
  /** Read emotion from words, typed or said. */
  text: boolean;
}

/** One thing that a rule of the persona, or the person's own word, has changed. */
export interface FiredShape {
  /** Its id; `correction` or `self_statement` for the person's own word. */
  rule: string;
  /** `ignore`, `trust`, `conflict`, `note`, or `override` for the person's own word. */
  action: string;
  /** The sense, the code that was added, or `fused`. */
  target: string;
  /** What it was. */
  before: number | string | null;
  /** What it became. */
  after: number | string | null;
}

/** The senses that feel. The order is that of display. */
export type Modality = "vision" | "audio" | "text";

/** What one sense says. */
export interface ObservationShape {
  /** The sense. */
  modality: Modality;
  /** `ok`, or why it could not tell. */
  status: Status;
  /** Probability of each emotion; also there when uncertain. */
  scores: Record<Emotion, number> | null;
  /** How good the evidence was. */
  quality: number;
  /** What it noticed. */
  cues: CodeShape[];
  /** Which model looked. */
  model: string;
  /** How long it took. */
  latency_ms: number;
  /** When the evidence was captured, ISO 8601. */
  captured_at: string;
}

/** The weight one observation got. */
export interface ShareShape {
  /** The sense. */
  modality: Modality;
  /** Its part of the fused scores. */
  weight: number;
  /** `weighted`, or why it got nothing. */
  reason: string;
}

/** Whether a sense could tell, and if not, why. Abstaining is a result; it never becomes neutral. */
export type Status =
  | "ok"
  | "uncertain"
  | "empty"
  | "no_face"
  | "no_speech"
  | "too_short"
  | "low_quality"
  | "unsupported_language"
  | "disabled"
  | "timeout"
  | "model_missing"
  | "failed";

/** What was said in a recording. */
export interface TranscriptShape {
  /** `ok` when there are words; else why not. */
  status: Status;
  /** The words. */
  text: string;
  /** ISO 639-1 code of the language heard. */
  lang: string | null;
  /** Of that language; null where it was given, or the model knows one only. */
  lang_probability: number | null;
  /** How much of the recording is speech. */
  speech_seconds: number;
  /** How long the recording is. */
  seconds: number;
  /** Hints, such as how to get a model that is missing. */
  cues: CodeShape[];
  /** Which model listened. */
  model: string;
  /** How long it took. */
  latency_ms: number;
}

/** What a client sends as text. */
export type ClientFrame =
  | SessionStart
  | SessionResume
  | NoticeAck
  | LiveSet
  | UserMessage
  | UserAudioStart
  | UserAudioEnd
  | UserCorrection
  | PersonaSet
  | HandoffAnswer
  | ReplyInterrupt
  | TurnRetry
  | Ping;

/** What the server sends. */
export type ServerFrame =
  | Notice
  | SessionStarted
  | PersonaGreeting
  | ThreadBusy
  | TurnStarted
  | LiveState
  | SessionClosing
  | PerceptionObserved
  | SpeechTranscribed
  | AffectFused
  | CorrectionNoted
  | HandoffOffered
  | RouteChanged
  | ReplyDelta
  | ReplyDone
  | ErrorFrame
  | Pong;

/** The frame of one `type`. */
export type ServerFrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;
