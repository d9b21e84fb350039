/** A signed checkpoint, as far as anchors look at it. */
export interface Checkpoint {
  /** The whole signed note, which is what anchors keep. */
  readonly note: string;
  /** How many lines of the journal it covers. */
  readonly size: number;
  /** The root of the tree over them, as it is in the note. */
  readonly root: string;
}

/** Reads a signed note: its third line is the root. */
export function checkpointOf(note: string, size: number): Checkpoint {
  const [, , root = ''] = note.split('\n', 3);
  return { note, size, root };
}
