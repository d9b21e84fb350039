/*
 * Names of OCSF 1.8.0 (github.com/ocsf/ocsf-schema, the commit that set version 1.8.0): of the classes and objects that
 * records of ours become, what is required, what is constrained, and the attributes that we use. An attribute that is
 * not listed here is not used; one that is listed is in the published schema, at that place.
 */

/** An object type: attributes with the type they hold, those that must be there, and those of which one must be. */
export interface OcsfObject {
  readonly attributes: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
  readonly atLeastOne?: readonly string[];
}

/** Attributes of every event. */
const BASE: OcsfObject = {
  attributes: {
    activity_id: 'integer',
    activity_name: 'string',
    category_uid: 'integer',
    class_uid: 'integer',
    duration: 'integer',
    message: 'string',
    metadata: 'metadata',
    severity_id: 'integer',
    start_time: 'timestamp',
    status_code: 'string',
    status_detail: 'string',
    status_id: 'integer',
    time: 'timestamp',
    type_uid: 'integer',
    unmapped: 'any',
  },
  required: ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'],
};

const NETWORK = {
  app_protocol_name: 'string',
  connection_info: 'network_connection_info',
  cumulative_traffic: 'network_traffic',
  dst_endpoint: 'network_endpoint',
  src_endpoint: 'network_endpoint',
  tls: 'tls',
  traffic: 'network_traffic',
};

/** Classes by `class_uid`. The profiles add what {@link OCSF_PROFILES} says. */
export const OCSF_CLASSES: Readonly<
  Record<number, OcsfObject & { readonly category: number; readonly activities: number }>
> = {
  1008: {
    category: 1,
    activities: 10,
    attributes: { ...BASE.attributes, log_name: 'string', log_provider: 'string', actor: 'actor', device: 'device' },
    required: BASE.required ?? [],
    atLeastOne: ['log_file', 'log_name', 'log_provider', 'log_type', 'log_type_id'],
  },
  3004: {
    category: 3,
    activities: 13,
    attributes: { ...BASE.attributes, actor: 'actor', comment: 'string', entity: 'managed_entity' },
    required: [...(BASE.required ?? []), 'entity'],
  },
  4001: {
    category: 4,
    activities: 7,
    attributes: { ...BASE.attributes, ...NETWORK },
    required: BASE.required ?? [],
    atLeastOne: ['dst_endpoint', 'src_endpoint'],
  },
  4002: {
    category: 4,
    activities: 40,
    attributes: { ...BASE.attributes, ...NETWORK, http_request: 'http_request', http_response: 'http_response' },
    required: BASE.required ?? [],
    atLeastOne: ['http_request', 'http_response'],
  },
  6002: {
    category: 6,
    activities: 8,
    attributes: { ...BASE.attributes, app: 'product' },
    required: [...(BASE.required ?? []), 'app'],
  },
};

/** What a profile named in `metadata.profiles` adds to a class. */
export const OCSF_PROFILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  host: { actor: 'actor', device: 'device' },
  security_control: {
    action: 'string',
    action_id: 'integer',
    disposition: 'string',
    disposition_id: 'integer',
    firewall_rule: 'firewall_rule',
    policy: 'policy',
  },
};

/** Object types by name. */
export const OCSF_OBJECTS: Readonly<Record<string, OcsfObject>> = {
  certificate: {
    attributes: { fingerprints: 'fingerprint[]', issuer: 'string', serial_number: 'string' },
    required: ['issuer', 'serial_number'],
  },
  fingerprint: {
    attributes: { algorithm: 'string', algorithm_id: 'integer', value: 'string' },
    required: ['algorithm_id', 'value'],
  },
  actor: { attributes: { process: 'process', user: 'user' }, atLeastOne: ['process', 'user'] },
  device: { attributes: { hostname: 'string', type_id: 'integer' }, required: ['type_id'] },
  firewall_rule: { attributes: { name: 'string', uid: 'string' }, atLeastOne: ['name', 'uid'] },
  http_request: { attributes: { http_method: 'string', url: 'url' } },
  http_response: { attributes: { code: 'integer' }, required: ['code'] },
  logger: { attributes: { device: 'device', name: 'string' }, atLeastOne: ['name', 'uid'] },
  managed_entity: {
    attributes: { name: 'string', policy: 'policy', type: 'string', type_id: 'integer' },
    atLeastOne: ['name', 'uid', 'policy'],
  },
  metadata: {
    attributes: {
      correlation_uid: 'string',
      event_code: 'string',
      log_name: 'string',
      loggers: 'logger[]',
      original_time: 'string',
      product: 'product',
      profiles: 'string[]',
      sequence: 'integer',
      uid: 'string',
      version: 'string',
    },
    required: ['product', 'version'],
  },
  network_connection_info: {
    attributes: { direction_id: 'integer', protocol_name: 'string', protocol_num: 'integer', uid: 'string' },
    required: ['direction_id'],
  },
  network_endpoint: {
    attributes: { hostname: 'string', ip: 'string', name: 'string', port: 'integer' },
    atLeastOne: ['ip', 'name', 'hostname'],
  },
  network_traffic: { attributes: { bytes_in: 'integer', bytes_out: 'integer' } },
  policy: { attributes: { name: 'string', type: 'string', version: 'string' }, atLeastOne: ['name', 'type', 'uid'] },
  process: { attributes: { pid: 'integer' }, atLeastOne: ['pid'] },
  product: { attributes: { name: 'string', vendor_name: 'string', version: 'string' }, atLeastOne: ['name', 'uid'] },
  tls: {
    attributes: { certificate: 'certificate', sni: 'string', version: 'string' },
    required: ['version'],
  },
  url: { attributes: { path: 'string', url_string: 'string' }, atLeastOne: ['url_string', 'path'] },
  user: { attributes: { name: 'string', uid: 'string' }, atLeastOne: ['name', 'uid'] },
};
