/**
 * All networks and whole trainings on the slow engines.
 *
 * @module
 */
import { engines } from "../support/engines.ts";
import { testUnet } from "../support/unet_cases.ts";

/** The wide networks would take minutes. */
testUnet(
  engines.filter(({ slow }) => slow),
  ({ base, losses30 }) => base > 4 ? 3 : losses30.length,
);
