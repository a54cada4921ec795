import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { Copyable } from "../../components/Copyable";
import { messageFor, TextField } from "../../components/form";
import { FormProblem } from "../../components/FormProblem";
import { Progress } from "../../components/Progress";
import type { AuditExportedView, AuditFilterInput, LongWalkView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf } from "../../frame/queries";

type Props = { filter: AuditFilterInput; folder: string; onClose: () => void };

/** Writes what the filter leaves in to files, and says what was written. */
export function ExportForm({ filter, folder: offered, onClose }: Props) {
  const { desk } = useFrame();
  const [folder, setFolder] = useState(offered);
  const [walk, setWalk] = useState<LongWalkView | null>(null);
  const write = useMutation({
    mutationFn: () => {
      setWalk(null);
      return desk.exportAudit({ filter, folder }, setWalk);
    },
  });
  const problem = problemOf(write.error);
  return (
    <form
      className="app-audit__export"
      aria-label="Export"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!write.isPending) write.mutate();
      }}
    >
      <p>
        Writes what the filter leaves in: as CSV for a spreadsheet, as JSON Lines from which anybody
        can verify the chain, and a list with the hash of each file. They hold patients’ details:
        keep them as you keep those.
      </p>
      <FormProblem problem={problem} onTryAgain={() => write.mutate()} />
      <TextField
        id="folder"
        label="New folder among the downloads"
        width={30}
        value={folder}
        onText={setFolder}
        message={messageFor(problem, "folder")}
      />
      <div className="app-actions">
        {write.isPending ? (
          <>
            <Progress words={walk?.words ?? "Writing the files"} />
            {walk && walk.of > 0 && (
              <progress value={walk.done} max={walk.of} aria-label="Written so far" />
            )}
            <Button look="secondary" onClick={() => void desk.stopAudit()}>
              Stop writing
            </Button>
          </>
        ) : (
          <Button type="submit">Write the files</Button>
        )}
        <Button look="secondary" onClick={onClose}>
          Close
        </Button>
      </div>
      {write.data === null && <p role="status">Stopped: nothing of it is left.</p>}
      {write.data && <Written written={write.data} />}
    </form>
  );
}

function Written({ written }: { written: AuditExportedView }) {
  const note = useRef<HTMLDivElement>(null);
  useEffect(() => note.current?.focus(), [written]);
  return (
    <div className="app-done" role="status" tabIndex={-1} ref={note}>
      <p>
        <span aria-hidden="true">✓ </span>
        <strong>{written.title}</strong> to {written.folder}
      </p>
      <ul className="app-plain-list">
        {written.files.map(({ name, size, sha256 }) => (
          <li key={name}>
            {name}, {size}, SHA-256 <Copyable value={sha256} what={`the hash of ${name}`} />
          </li>
        ))}
      </ul>
      <p className="app-quiet">The record then ended with {written.head}.</p>
    </div>
  );
}
