import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import type { EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";

/** What the registry knows of the patient: asked in the background, interrupts nobody (RG-2, RG-3). */
export function RegistryFlag({ view }: { view: EncounterView }) {
  const { desk, go } = useFrame();
  const [open, setOpen] = useState(false);
  const registry = useQuery({
    // The registry knows patients by their number: another number is another question.
    queryKey: keys.registry(view.id, view.patient.nhsNumber),
    queryFn: () => desk.registryCheck(view.id),
    enabled: !view.ended,
    staleTime: Infinity,
    gcTime: 3_600_000,
  });
  if (view.ended) return null;
  const known = registry.data;
  const problem = registry.isFetching ? null : problemOf(registry.error);
  return (
    <section
      className={`app-registry ${known?.flag ? "app-registry--flag" : "app-registry--quiet"}`}
      aria-label="Appointment registry"
    >
      <p role="status">
        {known?.flag && <span aria-hidden="true">⚑ </span>}
        {known?.flag ? <strong>{known.words}</strong> : known?.words}
        {problem && `Whether the patient holds other appointments is not known: ${problem.title}.`}
      </p>
      {problem && (
        <Button look="link" onClick={() => void registry.refetch()}>
          Ask the registry again
        </Button>
      )}
      {known?.flag && (
        <>
          <Button look="link" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Close the list" : "Show what it knows"}
          </Button>
          {open && (
            <ul className="app-registry__entries">
              {known.entries.map((entry) => (
                <li key={entry.url}>
                  <span>
                    <strong>{entry.when || "Time not given"}</strong> · {entry.status}
                    {entry.bookedHere && " · booked in this encounter"}
                    {!entry.stands && " · past, or does not stand"}
                  </span>
                  <Button
                    look="secondary"
                    aria-label={`Read it: ${entry.when}`}
                    onClick={() => go({ page: "elsewhere", encounterId: view.id, url: entry.url })}
                  >
                    Read it
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}
