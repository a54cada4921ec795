import type { RecordKeptState, RecordKeptView } from "../contract/contract";

export type FakeRecordKept = RecordKeptState;

const views: Record<RecordKeptState, RecordKeptView> = {
  none: {
    state: "none",
    words: "There is no backup of this desk’s record yet.",
    whatToDo: "Ask your IT support to name a backup folder.",
  },
  ok: {
    state: "ok",
    words: "The last backup is of 20-Nov-2026 03:00. It was verified.",
    whatToDo: "",
  },
  old: {
    state: "old",
    words: "The last backup is of 15-Nov-2026 03:00, 5 days ago. It was verified.",
    whatToDo: "Ask your IT support why there is none since.",
  },
  failed: {
    state: "failed",
    words: "The backup of 20-Nov-2026 03:00 failed: the disk is full. There is none from before.",
    whatToDo: "Give this message to your IT support today.",
  },
};

/** How the backups of an invented record stand. */
export function fakeRecordKept(state: FakeRecordKept = "ok"): RecordKeptView {
  return views[state];
}
