import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { createSystemClock } from "../core/mod.ts";
import { until } from "../testing/mod.ts";
import type { AttemptReportReply, UploadStatus } from "../wire/mod.ts";
import { openOutbox } from "./outbox.ts";
import { OutboxDelivery, type OutboxDeliveryOptions } from "./outbox_delivery.ts";

const RESULT = "result";

/** A master whose connections are cut without a word: a call of a name is never answered, the first time. */
class SilentOnce {
  readonly calls: string[] = [];
  readonly #silent: string;

  constructor(silent: string) {
    this.#silent = silent;
  }

  readonly master: OutboxDeliveryOptions["master"] = {
    uploadStatus: (_id, options) => this.#answer("uploadStatus", options, { receivedBytes: 0 }),
    uploadPiece: (_id, { bytes }, options) =>
      this.#answer<UploadStatus>("uploadPiece", options, { receivedBytes: bytes.length }),
    reportAttempt: (_id, _report, options) =>
      this.#answer<AttemptReportReply>("reportAttempt", options, {
        state: "succeeded",
        reason: "It was there",
      }),
  };

  #answer<T>(
    name: string,
    options: { signal?: AbortSignal | undefined } = {},
    reply: T,
  ): Promise<T> {
    this.calls.push(name);
    const isFirst = this.calls.filter((call) => call === name).length === 1;
    if (name !== this.#silent || !isFirst) return Promise.resolve(reply);
    const { promise, reject } = Promise.withResolvers<T>();
    const { signal } = options;
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    return promise;
  }
}

for (const silent of ["uploadStatus", "uploadPiece", "reportAttempt"]) {
  Deno.test(`OutboxDelivery.retryNow() repeats a ${silent} that is never answered`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "olive-delivery-" });
    const ending = new AbortController();
    try {
      const outbox = await openOutbox(folder);
      await Deno.writeTextFile(join(folder, "part"), RESULT);
      await outbox.add({
        assignment: {
          attemptId: "a1",
          jobId: "j1",
          partId: "j1-p1",
          kind: "video",
          range: { startFrame: 0, endFrame: 5 },
          preset: "h264",
          planSha256: "0".repeat(64),
          expectedFps: 0,
        },
        report: {
          outcome: "succeeded",
          sizeBytes: RESULT.length,
          sha256: "0".repeat(64),
          framesDone: 5,
          renderMs: 10,
          renderer: "fake",
          logTail: "",
        },
        resultPath: join(folder, "part"),
        framesDone: 5,
        renderMs: 10,
      });
      const silence = new SilentOnce(silent);
      const delivered: string[] = [];
      const delivery = new OutboxDelivery({
        outbox,
        master: silence.master,
        clock: createSystemClock(),
        random: (length) => new Uint8Array(length),
        onDelivered: ({ assignment }, { state }) =>
          delivered.push(`${assignment.attemptId} ${state}`),
        onDropped: (_entry, error) => delivered.push(`dropped: ${error.message}`),
        onWorkerUnknown: () => delivered.push("unknown"),
      });
      const running = delivery.run(ending.signal);
      await until(() => silence.calls.at(-1) === silent, { what: `the silent ${silent}` });
      assertEquals(delivered, []);
      delivery.retryNow();
      await until(() => delivered.length > 0, { what: "the delivery", timeoutMs: 3_000 });
      assertEquals([delivered, outbox.entries.length], [["a1 succeeded"], 0]);
      ending.abort();
      await running;
    } finally {
      ending.abort();
      await Deno.remove(folder, { recursive: true });
    }
  });
}
