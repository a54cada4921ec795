import type { AuditOutcomeView } from "../../contract/contract";

const shapes: Record<AuditOutcomeView, string> = {
  done: "✓",
  refused: "⊘",
  failed: "✕",
  unknown: "?",
};

/** How an event ended: by a word and a shape, and by colour besides. */
export function Outcome({ outcome, words }: { outcome: AuditOutcomeView; words: string }) {
  return (
    <span className={`app-audit__outcome app-audit__outcome--${outcome}`}>
      <span aria-hidden="true">{shapes[outcome]}</span> {words}
    </span>
  );
}
