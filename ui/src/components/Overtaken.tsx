import { useQueryClient } from "@tanstack/react-query";
import type { Problem } from "../contract/contract";
import { keys } from "../frame/queries";
import { Button } from "./Button";

/** Where another desk changed an encounter meanwhile: fetches what stands now; what was typed here stays, to be compared and saved. */
export function Overtaken({
  problem,
  encounterId,
}: {
  problem: Problem | null;
  encounterId: string | undefined;
}) {
  const queries = useQueryClient();
  if (problem?.code !== "changedMeanwhile" || encounterId === undefined) return null;
  return (
    <Button
      look="secondary"
      onClick={() => void queries.invalidateQueries({ queryKey: keys.encounter(encounterId) })}
    >
      Fetch what the other desk took down; what is typed here stays
    </Button>
  );
}
