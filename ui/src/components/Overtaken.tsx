import { useState } from "react";
import type { ReactNode } from "react";
import type { EncounterView } from "../contract/contract";
import { useEncounter } from "../frame/queries";
import { Button } from "./Button";
import { Facts } from "./Facts";
import { ProblemNotice } from "./ProblemNotice";
import { Progress } from "./Progress";
import { toProblem } from "../platform/problem";

/** After another desk changed what a form is about: fetches it, and leaves to the user which of both counts. */
export function Overtaken({
  encounterId,
  recorded,
  keep,
  take,
}: {
  encounterId: string;
  /** What is recorded now, as facts. */
  recorded: (view: EncounterView) => [string, ReactNode][];
  /** What was typed counts: it is to be saved over what is recorded now. */
  keep: (view: EncounterView) => void;
  /** What is recorded counts. */
  take: () => void;
}) {
  const encounter = useEncounter(encounterId);
  const [fetched, setFetched] = useState<EncounterView | null>(null);
  const reload = async () => {
    const { data, error } = await encounter.refetch();
    if (data && !error) setFetched(data);
  };
  return (
    <section className="app-gate" aria-labelledby="overtaken">
      <h2 className="app-h2" id="overtaken">
        What you typed is still here
      </h2>
      {encounter.error && (
        <ProblemNotice problem={toProblem(encounter.error)} onTryAgain={() => void reload()} />
      )}
      {fetched ? (
        <>
          <p>This is recorded now:</p>
          <Facts facts={recorded(fetched)} />
          <div className="app-actions">
            <Button onClick={() => keep(fetched)}>Go on with what I typed</Button>
            <Button look="secondary" onClick={take}>
              Take what is recorded, drop what I typed
            </Button>
          </div>
        </>
      ) : (
        <div className="app-actions">
          <Button aria-disabled={encounter.isFetching} onClick={() => void reload()}>
            Reload the encounter
          </Button>
          {encounter.isFetching && <Progress words="Fetching the encounter" />}
        </div>
      )}
    </section>
  );
}
