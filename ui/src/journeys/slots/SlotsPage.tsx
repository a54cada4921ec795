import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { Unbroken } from "../../components/Unbroken";
import type { ServiceView, SlotDayView, SlotsView, SlotView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys } from "../../frame/queries";
import { requiresBooking } from "../../components/requiresBooking";

export function SlotsPage({ encounterId }: { encounterId: string }) {
  const { recall, go } = useFrame();
  const { chosen } = recall(encounterId);
  if (!chosen) {
    return (
      <Page title="Choose a slot">
        <p className="app-empty">No service has been chosen yet.</p>
        <Button onClick={() => go({ page: "encounter", encounterId, step: "services" })}>
          Choose a service
        </Button>
      </Page>
    );
  }
  return <Slots encounterId={encounterId} searchId={chosen.searchId} service={chosen.service} />;
}

function Slots({
  encounterId,
  searchId,
  service,
}: {
  encounterId: string;
  searchId: string;
  service: ServiceView;
}) {
  const { id: serviceId, name } = service;
  const { desk, go, remember } = useFrame();
  const slots = useQuery({
    queryKey: keys.slots(searchId, serviceId),
    queryFn: () => desk.findSlots(encounterId, searchId, serviceId),
    // Free slots are only good as just told.
    gcTime: 0,
    staleTime: Infinity,
  });
  const choose = (slot: SlotView) => {
    remember(encounterId, { slotKey: slot.key, late: undefined });
    go({ page: "encounter", encounterId, step: "check" });
  };
  // Not offered where the service requires a booking (BO-2).
  const refer = requiresBooking(service)
    ? undefined
    : () => {
        remember(encounterId, { referTo: { searchId, service } });
        go({ page: "encounter", encounterId, step: "referral" });
      };
  const another = () => go({ page: "encounter", encounterId, step: "services" });
  return (
    <Page
      title="Choose a slot"
      aside={
        <>
          <Button
            look="secondary"
            aria-disabled={slots.isFetching}
            onClick={() => void slots.refetch()}
          >
            {slots.isFetching && slots.data ? "Asking…" : "Ask again"}
          </Button>
          <Button look="secondary" onClick={another}>
            Choose another service
          </Button>
          {refer && (
            <Button look="secondary" onClick={refer}>
              Refer without a booking
            </Button>
          )}
        </>
      }
    >
      <p>
        <strong>{name}</strong>
        {slots.data && <Unbroken text={` · ${slots.data.asked} · ${slots.data.window}`} />}
      </p>
      <Loaded query={slots} words={`Asking ${name} for free slots`} encounterId={encounterId}>
        {(view) => (
          <>
            <Notes view={view} />
            {view.inTime.length + view.outOfTime.length === 0 ? (
              <NoSlots view={view} again={() => void slots.refetch()} another={another} />
            ) : (
              <>
                <SlotGroup
                  title={`In time (${view.inTimeCount})`}
                  days={view.inTime}
                  empty="No slot within the timeframe."
                  onChoose={choose}
                />
                {view.outOfTime.length > 0 && (
                  <SlotGroup
                    late
                    title={`Outside the timeframe (${view.outOfTimeCount})`}
                    days={view.outOfTime}
                    empty=""
                    onChoose={choose}
                  />
                )}
              </>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Notes({ view }: { view: SlotsView }) {
  if (view.notes.length === 0 && !view.bookingOnly) return null;
  return (
    <ul className="app-notes" aria-label="Notes">
      {view.bookingOnly && <li>A referral to this service needs a booking first.</li>}
      {view.notes.map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}

function NoSlots({
  view,
  again,
  another,
}: {
  view: SlotsView;
  again: () => void;
  another: () => void;
}) {
  return (
    <div className="app-empty-box">
      <h2 className="app-h2">No free slots</h2>
      <p>
        {view.service.name} has no free slot from {view.window}.
        {view.bookingOnly
          ? " It takes patients by booking only: choose another service, or ask again shortly."
          : " Choose another service, or ask again shortly."}
        {view.service.phone && (
          <>
            {" "}
            Its phone number is <strong className="app-number">{view.service.phone}</strong>.
          </>
        )}
      </p>
      <div className="app-actions">
        <Button onClick={another}>Choose another service</Button>
        <Button look="secondary" onClick={again}>
          Ask again
        </Button>
      </div>
    </div>
  );
}

function SlotGroup({
  title,
  days,
  empty,
  late = false,
  onChoose,
}: {
  title: string;
  days: SlotDayView[];
  empty: string;
  late?: boolean;
  onChoose: (slot: SlotView) => void;
}) {
  const id = late ? "slots-late" : "slots-in-time";
  const [shown, setShown] = useState(slotsAtOnce);
  const { some, more } = upTo(days, shown);
  return (
    <section className={`app-slots ${late ? "app-slots--late" : ""}`} aria-labelledby={id}>
      <h2 className="app-h2" id={id}>
        {late && <span aria-hidden="true">⚠ </span>}
        {title}
      </h2>
      {days.length === 0 && <p className="app-empty">{empty}</p>}
      {some.map((day) => (
        <section key={day.day} className="app-day" aria-label={day.day}>
          <h3 className="app-day__name">{day.day}</h3>
          <ul className="app-day__slots">
            {day.slots.map((slot) => (
              <li key={slot.key}>
                {slot.unbookable ? (
                  <div className="app-slot app-slot--unbookable">
                    <SlotFacts slot={slot} />
                    <strong>{slot.unbookable}</strong>
                  </div>
                ) : (
                  <button type="button" className="app-slot" onClick={() => onChoose(slot)}>
                    <SlotFacts slot={slot} />
                  </button>
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
      {more > 0 && (
        <Button look="secondary" onClick={() => setShown(shown + slotsAtOnce)}>
          Show later slots ({more} more)
        </Button>
      )}
    </section>
  );
}

/** As many slots as a page can hold without becoming slow; the later ones are one press away. */
const slotsAtOnce = 400;

function upTo(days: SlotDayView[], most: number) {
  let left = most;
  const some: SlotDayView[] = [];
  for (const day of days) {
    if (left <= 0) break;
    some.push(day.slots.length > left ? { ...day, slots: day.slots.slice(0, left) } : day);
    left -= day.slots.length;
  }
  const all = days.reduce((count, day) => count + day.slots.length, 0);
  return { some, more: Math.max(0, all - most) };
}

function SlotFacts({ slot }: { slot: SlotView }) {
  return (
    <>
      <span className="app-slot__time">
        {slot.start}
        {slot.end && `–${slot.end}`} {slot.zone}
      </span>
      {slot.lateBy && <span className="app-slot__late">{slot.lateBy}</span>}
      <span className="app-slot__channel">{slot.deliveryChannel}</span>
      {slot.place && (
        <span>
          <Unbroken text={slot.place} />
        </span>
      )}
      {slot.healthcareService && <span>{slot.healthcareService}</span>}
      <Practitioner slot={slot} />
    </>
  );
}

function Practitioner({ slot }: { slot: SlotView }) {
  const words = [slot.practitionerRole, slot.practitioner, slot.practitionerGender].filter(Boolean);
  return words.length > 0 ? <span>{words.join(", ")}</span> : null;
}
