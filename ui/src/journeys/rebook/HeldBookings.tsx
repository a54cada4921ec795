import { useQuery } from "@tanstack/react-query";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import type { EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys } from "../../frame/queries";

/** What the patient holds besides this encounter's own bookings: offered to be cancelled at the end of a reassessment (RB-6). */
export function HeldBookings({ encounter }: { encounter: EncounterView }) {
  const { desk, go } = useFrame();
  const held = useQuery({
    queryKey: keys.held(encounter.id),
    queryFn: () => desk.heldByPatient(encounter.id),
  });
  const others = (held.data ?? []).filter((one) => one.encounterId !== encounter.id);
  if (held.data && others.length === 0) return null;
  return (
    <section className="app-card" aria-labelledby="held">
      <h2 className="app-h2" id="held">
        The patient also holds
      </h2>
      <Loaded query={held} words="Looking for the patient’s bookings">
        {() => (
          <ul className="app-plain-list">
            {others.map((one) => (
              <li key={one.id}>
                {one.date} {one.start}, {one.service} ({one.status}){" "}
                <Button
                  look="secondary"
                  aria-label={`Open the booking of ${one.date} ${one.start}`}
                  onClick={() => go({ page: "booking", bookingId: one.id })}
                >
                  Open, to keep or cancel it
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </section>
  );
}
