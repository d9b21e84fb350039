/**
 * The form of a contact, which ends a line of a response: printable ASCII, so that it cannot end that line or begin another.
 * One for the configuration and for policy files.
 */
export const CONTACT = /^[!-~](?:[ -~]{0,38}[!-~])?$/;
