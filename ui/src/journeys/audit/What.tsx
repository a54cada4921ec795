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

/** Who it was, with the role of then; where all is told of an event, with the username that it holds. */
export function Who({
  row: { who, name, role },
  whole = false,
}: {
  row: AuditRowView;
  whole?: boolean;
}) {
  const username = whole && name !== "" && `username ${who}`;
  return <>{[name || who, role, username].filter(Boolean).join(", ") || "Nobody was signed in"}</>;
}
