/**
 * Loads libSQL's native library and asks it one question; exits with an error where it cannot.
 *
 * @module
 */
import { createClient } from "@libsql/client";

const client = createClient({ url: ":memory:" });
await client.execute("SELECT 1");
client.close();
