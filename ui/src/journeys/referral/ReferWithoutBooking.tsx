import { useQuery } from "@tanstack/react-query";
import { Button } from "../../components/Button";
import type { ServiceView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, useEncounter } from "../../frame/queries";

/** The way of referring without a booking, where the core's gate leaves one open; where not, the warning (BO-2). */
export function ReferWithoutBooking({
  encounterId,
  chosen,
}: {
  encounterId: string;
  chosen: { searchId: string; service: ServiceView };
}) {
  const { desk, go, remember } = useFrame();
  const encounter = useEncounter(encounterId);
  const { searchId, service } = chosen;
  const gate = useQuery({
    queryKey: [...keys.referral(encounterId, service.id), "gate"],
    queryFn: () => desk.referralGate({ encounterId, searchId, serviceId: service.id }),
    gcTime: 0,
  });
  const booked = (encounter.data?.bookings ?? []).some((one) => one.status === "Booked");
  if (!gate.data || booked) return null;
  if (gate.data.blocked)
    return (
      <section className="app-gate" aria-label="Booking required" data-blocked>
        <p role="status">
          <strong>
            <span aria-hidden="true">⚠ </span>
            {gate.data.blocked.title}.
          </strong>{" "}
          {gate.data.blocked.whatHappened} {gate.data.blocked.whatToDo}
        </p>
        <Button
          look="secondary"
          onClick={() => go({ page: "encounter", encounterId, step: "services" })}
        >
          Choose another service
        </Button>
      </section>
    );
  return (
    <section className="app-card" aria-label="Without a booking">
      <p>
        This service takes referrals without a booking.{" "}
        <span className="app-quiet">{gate.data.route}.</span>
      </p>
      <Button
        look="secondary"
        onClick={() => {
          remember(encounterId, { referTo: chosen });
          go({ page: "encounter", encounterId, step: "referral" });
        }}
      >
        Refer without a booking
      </Button>
    </section>
  );
}
