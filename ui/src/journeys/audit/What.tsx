import type { AuditRowView } from "../../contract/contract";

/** What happened, as a sentence; one that cannot be read is marked by a sign besides. */
export function What({ row }: { row: AuditRowView }) {
  return (
    <>
      {!row.readable && <span aria-hidden="true">⚠ </span>}
      {row.what}
    </>
  );
}

/** Who it was, with the role of then. */
export function Who({ row: { who, role } }: { row: AuditRowView }) {
  return <>{[who, role].filter(Boolean).join(", ") || "Nobody was signed in"}</>;
}
