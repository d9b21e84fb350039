/**
 * `tidegate doctor`: examines an installation and gives a remedy for each problem. A check examines one thing through
 * the room that owns it, and gives findings. The doctor changes nothing; its requests to the proxy are judged and recorded
 * like those of any client.
 *
 * Start at `doctor.ts`, which has the order; `checks/finding.ts` is the result of every check.
 */
export { doctorCommand } from './doctor-command.js';
