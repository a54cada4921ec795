import { useQuery } from "@tanstack/react-query";
import { Loaded } from "../../components/Loaded";
import type { RecordKeptState } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys } from "../../frame/queries";

const titles: Record<RecordKeptState, string> = {
  none: "No backup of the record",
  ok: "Backups of the record",
  old: "The last backup is old",
  failed: "The backup failed",
};

/** How the backups of the record stand (NF-5), for those who see to it. */
export function RecordKeptCard() {
  const { desk } = useFrame();
  const kept = useQuery({
    queryKey: keys.recordKept,
    queryFn: () => desk.recordKept(),
    refetchInterval: 600_000,
  });
  const state = kept.data?.state ?? "ok";
  const calm = state === "ok";
  return (
    <section className={calm ? "app-card" : "app-waiting"} aria-labelledby="record-kept">
      <h2 className="app-h2" id="record-kept">
        {!calm && <span aria-hidden="true">⚠ </span>}
        {titles[state]}
      </h2>
      <Loaded query={kept} words="Looking at the backups">
        {(view) => (
          <>
            <p>{view.words}</p>
            {view.whatToDo && (
              <p>
                <strong>What to do: </strong>
                {view.whatToDo}
              </p>
            )}
          </>
        )}
      </Loaded>
    </section>
  );
}
