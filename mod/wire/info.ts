import { z } from "zod";

/** `GET /v1/info`: who answers. */
export const infoReply = z.object({ masterVersion: z.string(), protocol: z.string() });
/** See {@linkcode infoReply}. */
export type InfoReply = z.infer<typeof infoReply>;
