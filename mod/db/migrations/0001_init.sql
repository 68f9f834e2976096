-- Everything that the master must not forget. All times are milliseconds since 1970 UTC.
-- The lists of states are those of mod/core/states.ts; a test compares them.

CREATE TABLE job (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'merging', 'completed', 'failed', 'paused', 'cancelled')),
  reason TEXT NOT NULL,
  workflow TEXT NOT NULL CHECK (workflow IN ('split', 'full')),
  priority INTEGER NOT NULL CHECK (priority BETWEEN 0 AND 100),
  preset TEXT NOT NULL,
  project_path TEXT NOT NULL,
  output_path TEXT NOT NULL,
  sequence TEXT,
  width INTEGER NOT NULL CHECK (width > 0),
  height INTEGER NOT NULL CHECK (height > 0),
  fps_num INTEGER NOT NULL CHECK (fps_num > 0),
  fps_den INTEGER NOT NULL CHECK (fps_den > 0),
  length_frames INTEGER NOT NULL CHECK (length_frames > 0),
  plan_sha256 TEXT NOT NULL,
  -- What measured speeds are remembered under: the same project rendered the same way.
  project_key TEXT NOT NULL,
  renderer TEXT NOT NULL,
  requirements_json TEXT NOT NULL CHECK (json_valid(requirements_json)),
  warnings_json TEXT NOT NULL CHECK (json_valid(warnings_json)),
  min_part_ms INTEGER NOT NULL CHECK (min_part_ms > 0),
  max_part_ms INTEGER NOT NULL CHECK (max_part_ms >= min_part_ms),
  skip_unsupported INTEGER NOT NULL CHECK (skip_unsupported IN (0, 1)),
  overwrite INTEGER NOT NULL CHECK (overwrite IN (0, 1)),
  idempotency_key TEXT,
  submitted_by TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER,
  finished_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX job_by_idempotency ON job (submitted_by, idempotency_key)
  WHERE idempotency_key IS NOT NULL;

-- Jobs that someone still has to bring to an end.
CREATE INDEX job_live ON job (state, id)
  WHERE state IN ('queued', 'running', 'merging', 'paused');

-- Films that will be written.
CREATE INDEX job_writing ON job (output_path)
  WHERE state IN ('queued', 'running', 'merging', 'paused');

CREATE INDEX job_by_age ON job (created_at_ms, id);

CREATE TABLE part (
  id TEXT PRIMARY KEY,
  job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('video', 'audio')),
  start_frame INTEGER NOT NULL CHECK (start_frame >= 0),
  end_frame INTEGER NOT NULL CHECK (end_frame > start_frame),
  state TEXT NOT NULL CHECK (state IN ('queued', 'ongoing', 'failed', 'completed', 'cancelled')),
  changed_at_ms INTEGER NOT NULL,
  result_attempt_id TEXT,
  result_path TEXT,
  result_size_bytes INTEGER,
  result_sha256 TEXT,
  CHECK (state <> 'completed' OR (result_attempt_id IS NOT NULL AND result_path IS NOT NULL
    AND result_size_bytes IS NOT NULL AND result_sha256 IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX part_by_job ON part (job_id, kind, start_frame, end_frame, state);

-- What a job still waits for: as many rows as there are such parts, whatever the history.
CREATE INDEX part_unfinished ON part (job_id, state) WHERE state IN ('queued', 'ongoing', 'failed');

CREATE TABLE attempt (
  id TEXT PRIMARY KEY,
  part_id TEXT NOT NULL REFERENCES part (id) ON DELETE CASCADE,
  job_id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('video', 'audio')),
  -- The range as it was handed out: a failed part may be divided later.
  start_frame INTEGER NOT NULL CHECK (start_frame >= 0),
  end_frame INTEGER NOT NULL CHECK (end_frame > start_frame),
  worker TEXT NOT NULL,
  session_id TEXT NOT NULL,
  -- A part has two places for running attempts: this, with the index below, makes a third impossible.
  place INTEGER NOT NULL CHECK (place IN (1, 2)),
  state TEXT NOT NULL CHECK (state IN ('running', 'succeeded', 'failed', 'lost', 'superseded', 'cancelled')),
  reason TEXT NOT NULL,
  code TEXT,
  log_tail TEXT NOT NULL DEFAULT '',
  expected_fps REAL NOT NULL,
  frames_done INTEGER NOT NULL DEFAULT 0,
  render_ms REAL NOT NULL DEFAULT 0,
  renderer TEXT NOT NULL DEFAULT '',
  started_at_ms INTEGER NOT NULL,
  finished_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_by_part ON attempt (part_id, started_at_ms);
CREATE UNIQUE INDEX attempt_running_place ON attempt (part_id, place) WHERE state = 'running';
CREATE UNIQUE INDEX attempt_running_worker ON attempt (worker, part_id) WHERE state = 'running';
CREATE INDEX attempt_running_job ON attempt (job_id) WHERE state = 'running';

-- Who failed a part: it is not given to them again while another could do it.
CREATE TABLE part_failure (
  part_id TEXT NOT NULL REFERENCES part (id) ON DELETE CASCADE,
  worker TEXT NOT NULL,
  attempt_id TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (part_id, worker)
) STRICT, WITHOUT ROWID;

-- How a worker fares on a job.
CREATE TABLE job_worker (
  job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  worker TEXT NOT NULL,
  failures_in_a_row INTEGER NOT NULL DEFAULT 0 CHECK (failures_in_a_row >= 0),
  set_aside_at_ms INTEGER,
  reason TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (job_id, worker)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_media (
  job_id TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  file_id TEXT NOT NULL,
  media_id TEXT NOT NULL,
  idx INTEGER NOT NULL CHECK (idx >= 0),
  path TEXT NOT NULL,
  size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
  sha256 TEXT NOT NULL,
  extension TEXT NOT NULL,
  PRIMARY KEY (job_id, file_id)
) STRICT, WITHOUT ROWID;

-- Checksums of media, so that a file is read once however many jobs use it.
CREATE TABLE media_hash (
  path TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  mtime_ms INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  used_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX media_hash_by_use ON media_hash (used_at_ms);

CREATE TABLE worker (
  name TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  slots INTEGER NOT NULL CHECK (slots > 0),
  address TEXT NOT NULL,
  program_version TEXT NOT NULL,
  capabilities_json TEXT NOT NULL CHECK (json_valid(capabilities_json)),
  first_seen_at_ms INTEGER NOT NULL,
  last_seen_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Measured speed of one slot. `scope` project: `key` is the job's project_key; renderer: its id.
CREATE TABLE worker_speed (
  worker TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('video', 'audio')),
  scope TEXT NOT NULL CHECK (scope IN ('project', 'renderer')),
  key TEXT NOT NULL,
  fps REAL NOT NULL CHECK (fps > 0),
  -- Fixed cost of a part beside its frames, milliseconds.
  start_ms REAL NOT NULL CHECK (start_ms >= 0),
  sample_count INTEGER NOT NULL CHECK (sample_count > 0),
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (scope, key, kind, worker)
) STRICT, WITHOUT ROWID;

CREATE TABLE certificate (
  fingerprint TEXT PRIMARY KEY,
  role TEXT NOT NULL CHECK (role IN ('master', 'worker', 'client', 'admin')),
  name TEXT NOT NULL,
  serial TEXT NOT NULL,
  not_before_ms INTEGER NOT NULL,
  not_after_ms INTEGER NOT NULL,
  issued_at_ms INTEGER NOT NULL,
  origin TEXT NOT NULL CHECK (origin IN ('init', 'bundle', 'token', 'renewal')),
  revoked_at_ms INTEGER,
  revoked_reason TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX certificate_by_end ON certificate (not_after_ms);

CREATE TABLE enrol_token (
  id TEXT PRIMARY KEY,
  secret_hash TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('worker', 'client', 'admin')),
  -- NULL: the new machine chooses a name that is free.
  name TEXT,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  used_at_ms INTEGER,
  failures INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX enrol_token_outstanding ON enrol_token (expires_at_ms) WHERE used_at_ms IS NULL;

-- Every change of state, in order.
CREATE TABLE event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  job_id TEXT REFERENCES job (id) ON DELETE CASCADE,
  entity TEXT NOT NULL CHECK (entity IN ('job', 'part', 'attempt', 'worker')),
  entity_id TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;

CREATE INDEX event_by_job ON event (job_id, id);
CREATE INDEX event_by_age ON event (at_ms);

CREATE TABLE setting (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
