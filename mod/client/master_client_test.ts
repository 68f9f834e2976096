import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DomainError, type ErrorCode } from "../core/mod.ts";
import { FakeClock, FakeMaster, until } from "../testing/mod.ts";
import {
  type EventView,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  type RegisterRequest,
} from "../wire/mod.ts";
import {
  CALL_TIMEOUT_MS,
  createMasterClient,
  EVENTS_SILENCE_MS,
  FILE_STALL_MS,
  type MasterClient,
} from "./mod.ts";

const REGISTER: RegisterRequest = {
  sessionId: "s1",
  programVersion: "0.1.0",
  slots: 1,
  capabilities: {
    renderers: [],
    encoders: [],
    services: [],
    cores: 1,
    memoryBytes: 1,
    os: "linux",
    benchmarkFps: 0,
    mediaAccess: ["https"],
  },
};

type Answer = (url: URL, init: RequestInit) => Response | Promise<Response>;

function clientOf(answer: Answer, clock = new FakeClock()): MasterClient {
  return createMasterClient({
    baseUrl: "https://master:1/",
    clock,
    random: (length) => new Uint8Array(length),
    fetch: async (url, init) => await answer(new URL(url), init),
  });
}

function reply(body: BodyInit, init: ResponseInit = {}): Response {
  return new Response(body, {
    ...init,
    headers: { [PROTOCOL_HEADER]: PROTOCOL_VERSION, ...init.headers },
  });
}

/** Answers only when the request is given up. */
function never(init: RequestInit): Promise<Response> {
  return new Promise((_resolve, reject) => {
    init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
  });
}

async function codeOf(call: () => Promise<unknown>): Promise<ErrorCode> {
  return (await assertRejects(call, DomainError)).code;
}

Deno.test("createMasterClient() speaks with a master and reads its answers", async () => {
  const clock = new FakeClock();
  const master = new FakeMaster({ clock });
  const planSha256 = await master.addJob("j1", {
    plan: { planVersion: 1 },
    files: [{ fileId: "f1", mediaId: "m1", bytes: new Uint8Array(100).map((_, i) => i) }],
  });
  const client = createMasterClient({
    baseUrl: "https://master:1",
    clock,
    random: (length) => new Uint8Array(length),
    fetch: master.fetch,
  });
  assertEquals((await client.registerWorker("host:gpu", REGISTER)).leaseMs, 10_000);
  master.queue({
    attemptId: "a1",
    jobId: "j1",
    partId: "p1",
    kind: "video",
    range: { startFrame: 0, endFrame: 5 },
    preset: "h264",
    planSha256,
    expectedFps: 0,
  });
  const news = await client.syncWorker("host:gpu", {
    sessionId: "s1",
    attempts: [],
    wanted: 1,
    idleSlots: 1,
    isDraining: false,
    waitMs: 0,
  });
  assertEquals(news.assignments.map((one) => one.attemptId), ["a1"]);
  assertEquals((await client.getPlan("j1")).reply.files[0]?.sizeBytes, 100);
  const body = await client.openFileRange({ jobId: "j1", fileId: "f1", start: 10, end: 13 });
  assertEquals(
    new Uint8Array(await new Response(body).arrayBuffer()),
    Uint8Array.of(10, 11, 12),
  );
  const piece = { offset: 0, bytes: Uint8Array.of(1, 2) };
  assertEquals(await client.uploadPiece("a1", piece), { receivedBytes: 2 });
  assertEquals(await client.uploadStatus("a1"), { receivedBytes: 2 });
  const returned = await client.reportAttempt("a1", { outcome: "returned", message: "Stops" });
  assertEquals(returned.state, "lost");
});

Deno.test("createMasterClient() throws the code, hint and details of a problem", async () => {
  const client = clientOf(() =>
    reply(
      JSON.stringify({
        type: "urn:x",
        title: "t",
        status: 409,
        code: "output_refused",
        detail: "Cannot write film",
        hint: "Use --overwrite",
        details: { path: "/a" },
      }),
      { status: 409 },
    )
  );
  const error = await assertRejects(() => client.submit({ projectPath: "/a.ove" }), DomainError);
  assertEquals(
    [error.code, error.message, error.hint, error.details],
    ["output_refused", "Cannot write film", "Use --overwrite", { path: "/a" }],
  );
});

Deno.test("createMasterClient() names each kind of broken answer", async () => {
  const cases: Array<[Answer, ErrorCode]> = [
    [() => Promise.reject(new TypeError("refused")), "master_unreachable"],
    [() => reply("<html>", { status: 502 }), "internal"],
    [() => reply("{"), "internal"],
    [() => reply('{"masterVersion":1}'), "internal"],
    [() => new Response('{"masterVersion":"1","protocol":"1.0"}'), "version_mismatch"],
    [() => reply("{}", { headers: { [PROTOCOL_HEADER]: "2.0" } }), "version_mismatch"],
  ];
  for (const [answer, code] of cases) {
    assertEquals(await codeOf(() => clientOf(answer).info()), code);
  }
});

Deno.test("createMasterClient() gives up a call after its time", async () => {
  const clock = new FakeClock();
  const client = clientOf((_url, init) => never(init), clock);
  const failing = codeOf(() => client.info());
  await until(() => clock.sleeping === 1, { what: "the call" });
  await clock.advance(CALL_TIMEOUT_MS - 1);
  assertEquals(clock.sleeping, 1);
  await clock.advance(1);
  assertEquals(await failing, "timeout");
});

Deno.test("createMasterClient() ends a call with its signal", async () => {
  const stop = new AbortController();
  const client = clientOf((_url, init) => never(init));
  const failing = codeOf(() => client.info({ signal: stop.signal }));
  stop.abort();
  assertEquals(await failing, "cancelled");
});

Deno.test("uploadPiece() reports a conflict when the master did not take the piece", async () => {
  const client = clientOf(() => reply('{"receivedBytes":4}'));
  const piece = { offset: 4, bytes: new Uint8Array(3) };
  assertEquals(await codeOf(() => client.uploadPiece("a1", piece)), "upload_conflict");
  await assertRejects(
    () => client.uploadPiece("a1", { offset: 0, bytes: new Uint8Array(8 * 1024 * 1024 + 1) }),
    RangeError,
  );
});

Deno.test("openFileRange() fails when the bytes end early, never ends short", async () => {
  const headers = { "content-range": "bytes 0-9/10" };
  const client = clientOf(() => reply(new Uint8Array(4), { status: 206, headers }));
  const body = await client.openFileRange({ jobId: "j1", fileId: "f1", start: 0, end: 10 });
  assertEquals(
    await codeOf(() => new Response(body).arrayBuffer()),
    "master_unreachable",
  );
});

Deno.test("openFileRange() refuses an answer with other bytes than asked for", async () => {
  const client = clientOf(() => reply(new Uint8Array(10)));
  const range = { jobId: "j1", fileId: "f1", start: 5, end: 10 };
  assertEquals(await codeOf(() => client.openFileRange(range)), "io_failed");
  await assertRejects(() => client.openFileRange({ ...range, end: 5 }), RangeError);
});

Deno.test("openFileRange() fails a stream that stalls while it is read", async () => {
  const clock = new FakeClock();
  const silent = new ReadableStream<Uint8Array>();
  const headers = { "content-range": "bytes 0-9/10" };
  const client = clientOf(() => reply(silent, { status: 206, headers }), clock);
  const body = await client.openFileRange({ jobId: "j1", fileId: "f1", start: 0, end: 10 });
  await clock.advance(FILE_STALL_MS);
  const failing = codeOf(() => new Response(body).arrayBuffer());
  await until(() => clock.sleeping === 1, { what: "the reader" });
  await clock.advance(FILE_STALL_MS);
  assertEquals(await failing, "timeout");
});

function eventLine(id: number, to: string): string {
  const event = { id, atMs: 1, entity: "job", entityId: "j1", from: "queued", to, reason: "r" };
  return `id: ${id}\nevent: job\ndata: ${JSON.stringify(event)}\n\n`;
}

function jobDetailReply(state: string): Response {
  const job = {
    ...{ id: "j1", name: "n", state, reason: "r", priority: 1, preset: "h264" },
    ...{ projectPath: "/a", outputPath: "/b", width: 2, height: 2, fps: { num: 25, den: 1 } },
    ...{ lengthFrames: 1, framesDone: 0, currentFps: 0, partsCompleted: 0, partsOngoing: 0 },
    ...{ partsFailed: 0, workers: [], warnings: [], submittedBy: "me", createdAtMs: 1 },
  };
  return reply(JSON.stringify({ job, parts: [] }));
}

Deno.test("events() reconnects after the last event and ends with the job", async () => {
  const clock = new FakeClock();
  const asked: string[] = [];
  let state = "running";
  const streams: Array<() => Response> = [
    () => reply(eventLine(1, "running") + "data: {"),
    () => {
      throw new TypeError("connection refused");
    },
    () => {
      state = "completed";
      return reply(eventLine(1, "running") + eventLine(2, "merging") + eventLine(3, "completed"));
    },
  ];
  const client = clientOf((url) => {
    if (!url.pathname.endsWith("/events")) return jobDetailReply(state);
    asked.push(url.search);
    const next = streams.shift();
    assert(next !== undefined, "one connection too many");
    return next();
  }, clock);
  const events: EventView[] = [];
  let isOver = false;
  const reading = (async () => {
    for await (const event of client.events("j1")) events.push(event);
    isOver = true;
  })();
  await until(() => isOver, { what: "the events' end", clock });
  await reading;
  assertEquals(events.map((event) => event.id), [1, 2, 3]);
  assertEquals(asked, ["?after=0", "?after=1", "?after=1"]);
});

Deno.test("events() opens a silent stream again and stops with its signal", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  let opened = 0;
  const client = clientOf(() => {
    opened++;
    return reply(new ReadableStream<Uint8Array>());
  }, clock);
  const reading = (async () => {
    for await (const event of client.events("j1", { signal: stop.signal })) {
      throw new Error(`unexpected event ${event.id}`);
    }
  })();
  await until(() => opened === 1 && clock.sleeping === 1, { what: "the first stream" });
  await clock.advance(EVENTS_SILENCE_MS + 1_000);
  assertEquals(opened, 2);
  stop.abort();
  await until(async () => {
    await clock.advance(EVENTS_SILENCE_MS);
    return clock.sleeping === 0;
  }, { what: "the end of the stream" });
  await reading;
});

Deno.test("events() throws when there is no such job", async () => {
  const client = clientOf(() =>
    reply(
      JSON.stringify({
        ...{ type: "t", title: "t", status: 404, code: "job_not_found", detail: "Cannot find j1" },
      }),
      { status: 404 },
    )
  );
  const error = await assertRejects(() => client.events("j1").next(), DomainError);
  assertStringIncludes(error.message, "Cannot find j1");
});
