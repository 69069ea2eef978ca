/**
 * The door: `deno run main.ts COMMAND ...`; the tasks in deno.json open it with their permissions.
 *
 * @module
 */
import { main } from "./lib/cli/program.ts";

Deno.exit(await main(Deno.args));
