import { Option } from 'commander';
import { keys, settings } from '../../config/index.js';

/** Makes `--config` and the flags of some settings, or of all. */
export function settingOptions(wanted: 'all' | readonly string[]): readonly Option[] {
  const flags = keys.flatMap((key) => {
    const { flag, kind, help } = settings[key];
    if (flag === 'none' || (wanted !== 'all' && !wanted.includes(key))) return [];
    const option = new Option(`--${flag}`, help);
    // A list may be given at once, with commas, or by repeating the flag.
    return kind.text === 'list' ? [option.argParser(append)] : [option];
  });
  return [new Option('--config <file>', 'configuration file (default: ./tidegate.yaml, if it exists)'), ...flags];
}

function append(value: string, before: unknown): string {
  return typeof before === 'string' ? `${before},${value}` : value;
}
