import { OCSF_CLASSES, OCSF_OBJECTS, OCSF_PROFILES, type OcsfObject } from './ocsf-names.js';

/** Everything in an event that the published names do not allow. */
export function ocsfProblems(event: unknown): string[] {
  if (!isObject(event)) return ['not an object'];
  const { class_uid: uid, category_uid: category, activity_id: activity, type_uid: type, metadata } = event;
  const found = OCSF_CLASSES[Number(uid)];
  if (found === undefined) return [`class ${String(uid)} is unknown`];
  const profiles = isObject(metadata) && Array.isArray(metadata['profiles']) ? metadata['profiles'] : [];
  const added = profiles.map((name) => OCSF_PROFILES[String(name)]);
  const attributes = added.reduce<Record<string, string>>((all, more) => ({ ...all, ...more }), {
    ...found.attributes,
  });
  const problems = check('event', event, { ...found, attributes });
  if (added.includes(undefined)) problems.push('a profile is unknown');
  if (category !== found.category) problems.push('category_uid does not fit class_uid');
  const known = Number(activity) <= found.activities || activity === 99;
  if (!known) problems.push(`activity_id ${String(activity)} is unknown`);
  if (type !== Number(uid) * 100 + Number(activity)) problems.push('type_uid does not fit');
  if (activity === 99 && event['activity_name'] === undefined) problems.push('activity 99 without a name');
  return problems;
}

function check(path: string, value: Readonly<Record<string, unknown>>, type: OcsfObject): string[] {
  const { attributes, required = [], atLeastOne = [] } = type;
  const missing = required.filter((name) => value[name] === undefined).map((name) => `${path}.${name} is missing`);
  const none = atLeastOne.length > 0 && !atLeastOne.some((name) => value[name] !== undefined);
  return [
    ...missing,
    ...(none ? [`${path} has none of ${atLeastOne.join(', ')}`] : []),
    ...Object.entries(value).flatMap(([name, member]) => {
      const expected = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      return expected === undefined
        ? [`${path}.${name} is no attribute`]
        : checkType(`${path}.${name}`, member, expected);
    }),
  ];
}

function checkType(path: string, value: unknown, expected: string): string[] {
  if (expected === 'any') return [];
  if (expected.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((item: unknown) => checkType(path, item, expected.slice(0, -2)));
  }
  const object = OCSF_OBJECTS[expected];
  if (object !== undefined) return isObject(value) ? check(path, value, object) : [`${path} is no object`];
  const fits = expected === 'string' ? typeof value === 'string' : Number.isSafeInteger(value);
  return fits ? [] : [`${path} is no ${expected}`];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
