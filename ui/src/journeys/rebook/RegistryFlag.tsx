import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import type { EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { CancelBooking } from "../cancel/CancelBooking";
import { BeginRebook } from "./BeginRebook";

/** What the appointment registry knows: asked in the background, flagged without interrupting (RG-2, RG-3). */
export function RegistryFlag({ encounter }: { encounter: EncounterView }) {
  const { desk } = useFrame();
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const registry = useQuery({
    queryKey: keys.registry(encounter.id, encounter.version),
    queryFn: () => desk.registryCheck(encounter.id),
    staleTime: 60_000,
    enabled: !encounter.ended,
  });
  const problem = problemOf(registry.error);
  if (encounter.ended) return null;
  if (problem)
    return (
      <p className="app-quiet app-registry" role="status">
        The appointment registry could not be asked: bookings made by others cannot be seen.{" "}
        <Button look="link" onClick={() => void registry.refetch()}>
          Ask again
        </Button>
      </p>
    );
  if (!registry.data) return null;
  if (!registry.data.flag) return <p className="app-quiet app-registry">{registry.data.words}</p>;
  return (
    <section className="app-registry app-registry--flag" aria-label="Appointments already held">
      <p role="status">
        <strong>
          <span aria-hidden="true">⚑ </span>
          {registry.data.words}
        </strong>{" "}
        <Button look="link" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Close" : "Show them"}
        </Button>
      </p>
      {open && (
        <ul className="app-plain-list">
          {registry.data.entries.map((entry) => (
            <li key={entry.url}>
              {entry.when || "At a time that is not known"}, {entry.status}{" "}
              {entry.stands && (
                <Button
                  look="secondary"
                  aria-expanded={chosen === entry.url}
                  onClick={() => setChosen(chosen === entry.url ? null : entry.url)}
                >
                  Read it
                </Button>
              )}
              {chosen === entry.url && (
                <>
                  <BeginRebook
                    encounter={encounter}
                    which={{ bookingId: null, encounterId: encounter.id, url: entry.url }}
                  />
                  <CancelBooking
                    which={{ bookingId: null, encounterId: encounter.id, url: entry.url }}
                  />
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
