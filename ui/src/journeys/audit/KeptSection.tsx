import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import type {
  AuditCheckView,
  AuditFilterInput,
  AuditStartView,
  LongWalkView,
} from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { ExportForm } from "./ExportForm";

/** Whether the record holds: when it was verified and sealed last, and the ways to do so and to take it elsewhere. */
export function KeptSection({
  start,
  filter,
}: {
  start: AuditStartView;
  filter: AuditFilterInput;
}) {
  const { desk } = useFrame();
  const queries = useQueryClient();
  const [exporting, setExporting] = useState(false);
  const [walk, setWalk] = useState<LongWalkView | null>(null);
  const renew = () => void queries.invalidateQueries({ queryKey: keys.auditStart });
  const verify = useMutation({
    mutationFn: () => {
      setWalk(null);
      return desk.verifyAudit(setWalk);
    },
    onSuccess: renew,
  });
  const seal = useMutation({ mutationFn: () => desk.sealAudit(), onSuccess: renew });
  const problem = problemOf(verify.error ?? seal.error);
  const check = verify.data ?? start.verified;
  return (
    <section className="app-card app-audit__kept app-no-print" aria-labelledby="kept">
      <h2 className="nhsuk-u-visually-hidden" id="kept">
        Whether the record holds
      </h2>
      <div className="app-audit__kept-row">
        <div role="status">
          {verify.data === null && <p>Stopped: nothing was found out, and nothing is recorded.</p>}
          {check ? <Check check={check} /> : <p>This record was not verified yet.</p>}
        </div>
        <div className="app-actions">
          {verify.isPending ? (
            <>
              <Progress words={walk?.words ?? "Verifying the record"} />
              {walk && walk.of > 0 && (
                <progress value={walk.done} max={walk.of} aria-label="Verified so far" />
              )}
              <Button look="secondary" onClick={() => void desk.stopAudit()}>
                Stop verifying
              </Button>
            </>
          ) : (
            <Button look="secondary" onClick={() => verify.mutate()}>
              Verify the record
            </Button>
          )}
          <Button
            look="secondary"
            aria-expanded={exporting}
            onClick={() => setExporting(!exporting)}
          >
            Export what is shown
          </Button>
          <Button
            look="secondary"
            aria-disabled={seal.isPending}
            onClick={() => !seal.isPending && seal.mutate()}
          >
            Seal now
          </Button>
        </div>
      </div>
      <p className="app-quiet app-audit__seal">
        {start.seal.words} Keep a copy of <code>{start.seal.file}</code> elsewhere: it shows a
        record that was made anew.
      </p>
      {problem && <ProblemNotice problem={problem} takesFocus onTryAgain={() => verify.mutate()} />}
      {exporting && (
        <ExportForm
          filter={filter}
          folder={start.exportFolder}
          onClose={() => setExporting(false)}
        />
      )}
    </section>
  );
}

function Check({ check }: { check: AuditCheckView }) {
  if (check.holds) {
    return (
      <p>
        <strong className="app-audit__holds">
          <span aria-hidden="true">✓ </span>
          {check.title}
        </strong>
        . <span className="app-quiet">{check.when}</span>
      </p>
    );
  }
  return (
    <div className="app-audit__broken">
      <p>
        <strong>
          <span aria-hidden="true">✕ </span>
          {check.title}
        </strong>
        . <span className="app-quiet">{check.when}</span>
      </p>
      <p>{check.meaning}</p>
      <p>
        <strong>What to do: </strong>
        {check.whatToDo}
      </p>
    </div>
  );
}
