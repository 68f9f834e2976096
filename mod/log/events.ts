/**
 * Every event that the log can name, with what it means. Names are for programs and never change;
 * the free text beside them may.
 */
export const LOG_EVENTS = {
  // processes
  process_started: "A process of the farm is up; says its version and where it listens or dials.",
  process_draining: "It was asked to stop: finishes what it has, takes nothing new.",
  process_stopped: "It has ended in order.",
  loop_failed: "A periodic job failed once; it runs again.",
  // states; exactly one entry per change, with stateOld, stateNew, reason
  job_changed: "A job changed its state.",
  part_changed: "A part changed its state.",
  attempt_changed: "An attempt changed its state.",
  worker_changed: "A worker came, left, or was set aside.",
  // requests
  request_handled: "A request was answered.",
  request_failed: "A request ended in an error that no code names: a bug, someone must look.",
  identity_refused: "A certificate was refused; says why and from where.",
  // certificates
  certificate_issued: "The authority issued a certificate.",
  certificate_renewed: "A holder got the successor of its certificate.",
  certificate_revoked: "A certificate was revoked; its connections were closed.",
  certificate_reloaded: "A process took up new certificate files without a restart.",
  token_issued: "An enrolment token was made.",
  token_refused: "An enrolment was refused; says why, which the caller is not told.",
  enrolment_opened: "The enrolment port listens, because a token is outstanding.",
  enrolment_closed: "The enrolment port is closed: no token is outstanding.",
  // work
  render_started: "A renderer was started for an attempt.",
  render_ended: "A renderer ended; says how.",
  result_stored: "A result of a part is on disk, checked.",
  merge_started: "The join of a film began.",
  merge_ended: "The join of a film ended; says how.",
  media_fetched: "A worker has a file of a project in its cache.",
  cache_evicted: "A worker dropped a file of its cache to make room.",
  // the machine
  master_lost: "A worker cannot reach its master; it keeps on working.",
  master_found: "A worker reached its master again.",
  disk_low: "A disk is nearly full.",
  database_migrated: "The database was brought to this version's schema.",
  database_slow: "A database operation took longer than it should.",
  pruned: "Jobs that ended long ago were forgotten.",
  recovered: "What the last run left half done was put in order.",
} as const satisfies Readonly<Record<string, string>>;

/** One of the names in {@linkcode LOG_EVENTS}. */
export type LogEvent = keyof typeof LOG_EVENTS;
