/** A signed checkpoint, as far as anchors look at it. */
export interface Checkpoint {
  /** The whole signed note, which is what anchors keep. */
  readonly note: string;
  /** How many lines of the journal it speaks of. */
  readonly size: number;
  /** The root of the tree over them, as it stands in the note. */
  readonly root: string;
}

/** Reads what a note says of itself: its third line is the root. */
export function checkpointOf(note: string, size: number): Checkpoint {
  const [, , root = ''] = note.split('\n', 3);
  return { note, size, root };
}
