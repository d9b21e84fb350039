/**
 * Transports of winston by name: its own, or of a package that is installed beside the configuration or beside tidegate.
 * Knows neither what is written to them nor why. Start at `transport.ts`.
 */
export { type LoadedTransport, loadTransport, type TransportProblem, transportTo } from './transport.js';
