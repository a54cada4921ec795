import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { BookingShown } from "../../components/BookingShown";
import { Button } from "../../components/Button";
import { focusField, TextArea, Tick } from "../../components/form";
import { InformedForm } from "../../components/InformedForm";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import { SendingProgress } from "../../components/SendingProgress";
import { ServiceDayForm } from "../../components/ServiceDayForm";
import type { ServiceDay } from "../../components/ServiceDayForm";
import { ToldOfIt } from "../../components/ToldOfIt";
import { Unbroken } from "../../components/Unbroken";
import type {
  BookingShownView,
  BookingView,
  CancelResultView,
  Problem,
} from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { mayCancel } from "../../frame/may";
import { keys, problemOf, readFromProvider, useRenewBookings } from "../../frame/queries";
import { useSending } from "../../frame/sending";
import { useTyped } from "../../frame/typed";
import { toProblem } from "../../platform/problem";

/** How far a booking is on its way to being cancelled. */
type Progressed = {
  shown?: BookingShownView;
  /** Why it could not be read, or could not be asked to be cancelled. */
  problem?: Problem;
  result?: CancelResultView;
};

/** A service cannot run: its bookings of a day are cancelled one after another, each read first (RB-7). */
export function ServiceClosesPage() {
  const { desk, signedIn } = useFrame();
  const [wanted, setWanted] = useState<ServiceDay | null>(null);
  const found = useQuery({
    queryKey: keys.bookingsOn(wanted?.serviceId ?? "", wanted?.day ?? ""),
    queryFn: () => desk.bookingsOn(wanted?.serviceId ?? "", wanted?.day ?? ""),
    enabled: wanted !== null,
    gcTime: 0,
  });
  const problem = found.isFetching ? null : problemOf(found.error);
  if (!mayCancel(signedIn?.user)) {
    return (
      <div className="app-pad">
        <Page title="A service closes">
          <p className="app-empty">Your role may not cancel bookings. Ask a colleague.</p>
        </Page>
      </div>
    );
  }
  return (
    <div className="app-pad">
      <Page title="A service closes">
        <p className="app-quiet">
          Cancels the bookings that a service cannot keep. Have the service’s own list of them at
          hand: each booking is read from its provider, and checked against that list.
        </p>
        <section className="app-card" aria-label="Which service and day">
          <ServiceDayForm
            problem={problem}
            onLook={(next) => {
              if (wanted?.serviceId === next.serviceId && wanted.day === next.day)
                void found.refetch();
              else setWanted(next);
            }}
          />
        </section>
        {found.isFetching && !found.data && <Progress words="Looking in this desk’s record" />}
        {wanted && found.data && !problem && (
          <Affected
            key={`${wanted.serviceId} ${wanted.day}`}
            bookings={found.data.bookings}
            removed={found.data.removed}
            place={`${wanted.serviceId} ${wanted.day}`}
          />
        )}
      </Page>
    </div>
  );
}

const wordsOf = (booking: BookingView) =>
  `${booking.patient}, ${booking.date} ${booking.start}, ${booking.service}`;

function Affected({
  bookings,
  removed,
  place,
}: {
  bookings: BookingView[];
  /** That there were more whose details are gone; empty where there were none. */
  removed: string;
  place: string;
}) {
  const { desk } = useFrame();
  const renew = useRenewBookings();
  const sending = useSending();
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const [checked, setChecked] = useState<readonly string[]>([]);
  const [state, setState] = useState<Record<string, Progressed>>({});
  const [doing, setDoing] = useState<{ words: string; url: string } | null>(null);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [typed, type] = useTyped(`closure ${place}`, { reason: "", told: false });
  const busy = useRef(false);

  const put = (id: string, part: Progressed) =>
    setState((all) => ({ ...all, [id]: { ...all[id], ...part } }));
  const chosen = bookings.filter(({ id }) => ticked.includes(id));
  const toRead = chosen.filter(({ id }) => !state[id]?.shown && !state[id]?.result);
  const toCancel = chosen.filter(({ id }) => state[id]?.shown?.canCancel && !state[id]?.result);

  const read = async (which: BookingView[]) => {
    if (busy.current) return;
    busy.current = true;
    for (const [index, booking] of which.entries()) {
      setDoing({ words: `Reading ${index + 1} of ${which.length}: ${booking.patient}`, url: "" });
      try {
        const where = { bookingId: booking.id, encounterId: null, url: null };
        const shown = await readFromProvider(desk, where);
        setState((all) => ({ ...all, [booking.id]: { shown } }));
      } catch (thrown) {
        put(booking.id, { problem: toProblem(thrown) });
      }
    }
    setDoing(null);
    busy.current = false;
  };

  const cancelAll = async () => {
    if (busy.current) return;
    const missing: Record<string, string> = {};
    for (const { id } of toCancel) {
      if (!checked.includes(id))
        missing[`fits-${id}`] = "Find it on the service’s list, and check name, birth and number";
    }
    if (typed.reason.trim().length < 3)
      missing["closure-reason"] = "Say in a few words why they are cancelled";
    if (!typed.told) missing["closure-told"] = "Confirm that each patient is told";
    setWrong(missing);
    const [first] = Object.keys(missing);
    if (first !== undefined) {
      focusField(first);
      return;
    }
    if (!sending.begin()) return;
    busy.current = true;
    for (const [index, booking] of toCancel.entries()) {
      const shown = state[booking.id]?.shown;
      if (!shown) continue;
      const words = `Cancelling ${index + 1} of ${toCancel.length}: ${booking.patient}`;
      setDoing({ words, url: shown.url });
      try {
        const result = await desk.cancelBooking(
          {
            url: shown.url,
            version: shown.version,
            nameReadBack: true,
            birthDateReadBack: true,
            numberReadBack: true,
            reason: typed.reason,
            rebookId: null,
          },
          sending.tell,
        );
        put(booking.id, { result });
      } catch (thrown) {
        // Read once more before it is tried again: what was shown may not be so any more.
        setState((all) => ({ ...all, [booking.id]: { problem: toProblem(thrown) } }));
        setChecked((all) => all.filter((id) => id !== booking.id));
      }
    }
    setDoing(null);
    busy.current = false;
    sending.over();
    renew();
  };

  if (bookings.length === 0) {
    return <NoneHere />;
  }
  const results = bookings.filter(({ id }) => state[id]?.result);
  const cancelled = results.filter(({ id }) => state[id]?.result?.status === "cancelled");
  return (
    <section className="app-card" aria-labelledby="affected">
      <h2 className="app-h2" id="affected">
        Bookings affected ({bookings.length})
      </h2>
      {removed && <p role="status">{removed}</p>}
      <div className="app-actions">
        <Button
          look="secondary"
          aria-disabled={doing !== null}
          onClick={() => doing || setTicked(bookings.map(({ id }) => id))}
        >
          Tick all
        </Button>
        <Button
          look="secondary"
          aria-disabled={doing !== null}
          onClick={() => doing || setTicked([])}
        >
          Tick none
        </Button>
      </div>
      <ul className="app-plain-list">
        {bookings.map((booking) => (
          <li key={booking.id} className="app-affected">
            <Tick
              id={`affected-${booking.id}`}
              checked={ticked.includes(booking.id)}
              onTick={(on) =>
                setTicked((all) =>
                  on ? [...all, booking.id] : all.filter((id) => id !== booking.id),
                )
              }
              label={
                <>
                  <strong>{booking.patient}</strong>,{" "}
                  <Unbroken text={`born ${booking.born}, NHS number ${booking.nhsNumber} · `} />
                  <strong>
                    <Unbroken text={`${booking.date} ${booking.start}`} />
                  </strong>
                  <Unbroken
                    text={` · ${booking.status}, as of ${booking.statusAsOf} · phone ${booking.contact}`}
                  />
                </>
              }
            />
            {ticked.includes(booking.id) && (
              <One
                booking={booking}
                so={state[booking.id] ?? {}}
                fits={checked.includes(booking.id)}
                message={checked.includes(booking.id) ? undefined : wrong[`fits-${booking.id}`]}
                onFits={(on) =>
                  setChecked((all) =>
                    on ? [...all, booking.id] : all.filter((id) => id !== booking.id),
                  )
                }
                onRead={() => void read([booking])}
              />
            )}
          </li>
        ))}
      </ul>
      {results.length > 0 && (
        <p role="status">
          <strong>
            {cancelled.length} of {results.length} cancelled.
          </strong>{" "}
          {cancelled.length < results.length && "Look at each of the others above."}
        </p>
      )}
      {toCancel.length > 0 && (
        <>
          <TextArea
            id="closure-reason"
            label="Why they are cancelled"
            rows={2}
            value={typed.reason}
            onText={(reason) => type({ reason })}
            message={wrong["closure-reason"] ?? ""}
          />
          <Tick
            id="closure-told"
            label="Each of these patients was told, or will be told by us today; the provider does not tell them"
            checked={typed.told}
            message={typed.told ? undefined : wrong["closure-told"]}
            onTick={(told) => type({ told })}
          />
        </>
      )}
      <div className="app-actions">
        {toRead.length > 0 && (
          <Button aria-disabled={doing !== null} onClick={() => void read(toRead)}>
            {toRead.length === 1
              ? "Read 1 ticked booking from its provider"
              : `Read ${toRead.length} ticked bookings from their provider`}
          </Button>
        )}
        {toCancel.length > 0 && (
          <Button
            look={toRead.length > 0 ? "secondary" : "primary"}
            aria-disabled={doing !== null}
            onClick={() => void cancelAll()}
          >
            {toCancel.length === 1 ? "Cancel 1 booking" : `Cancel ${toCancel.length} bookings`}
          </Button>
        )}
        {doing &&
          (doing.url ? (
            <>
              <span>{doing.words}</span>
              <SendingProgress
                sending={sending}
                orderKey={doing.url}
                words="Cancelling at the provider. Stay on this page."
              />
            </>
          ) : (
            <Progress words={doing.words} />
          ))}
      </div>
    </section>
  );
}

/** Whoever is on the service's list and not on this one is booked from the start, if they need it (RB-7). */
function NoneHere() {
  const { go, signedIn } = useFrame();
  return (
    <div className="app-empty">
      <p>No booking of that service and day is in this desk’s record.</p>
      <p>
        Check the number and the day. Bookings that other desks made are not here: ask the service
        for its list, and tell it to cancel those.{" "}
        {signedIn?.user.mayBook
          ? "A patient on it who needs another appointment is booked from the start."
          : "A patient on it who needs another appointment is booked from the start, by a colleague who may book."}
      </p>
      {signedIn?.user.mayBook && (
        <Button look="secondary" onClick={() => go({ page: "newPatient" })}>
          New patient
        </Button>
      )}
    </div>
  );
}

/** One booking of the list: as its provider has it, or what came of it. */
function One({
  booking,
  so,
  fits,
  message,
  onFits,
  onRead,
}: {
  booking: BookingView;
  so: Progressed;
  fits: boolean;
  message: string | undefined;
  onFits: (on: boolean) => void;
  onRead: () => void;
}) {
  const { go, signedIn } = useFrame();
  const { shown, problem, result } = so;
  if (result) return <Result booking={booking} result={result} onRead={onRead} />;
  if (problem) return <NotRead booking={booking} problem={problem} onRead={onRead} />;
  if (!shown) return null;
  return (
    <>
      <BookingShown shown={shown} />
      {shown.canCancel ? (
        <Tick
          id={`fits-${booking.id}`}
          label={
            <>
              On the service’s list I found this booking, and all three fit: name{" "}
              <strong>{shown.patient}</strong>, born <strong>{shown.born}</strong>, NHS number{" "}
              <strong>{shown.nhsNumber}</strong>
            </>
          }
          checked={fits}
          message={message}
          onTick={onFits}
        />
      ) : (
        <p>
          <strong>It cannot be cancelled from here.</strong>
        </p>
      )}
      {shown.informPatient && (
        <ToldOfIt shown={shown} contact={booking.contact} prefix={`${booking.id}-`} />
      )}
      {shown.canCancel && signedIn?.user.mayBook && (
        <p>
          A patient who needs another appointment is rebooked first, from the booking itself.{" "}
          <Button
            look="link"
            aria-label={`Rebook ${booking.patient}`}
            onClick={() => go({ page: "booking", bookingId: booking.id })}
          >
            Rebook
          </Button>
        </p>
      )}
    </>
  );
}

function Result({
  booking,
  result,
  onRead,
}: {
  booking: BookingView;
  result: CancelResultView;
  onRead: () => void;
}) {
  const unknown = result.status === "notKnown";
  return (
    <div className={unknown ? "app-unknown" : undefined}>
      <p>
        <strong>
          <span aria-hidden="true">
            {result.status === "cancelled" ? "✓ " : unknown ? "? " : "✗ "}
          </span>
          {result.title}: {wordsOf(booking)}
        </strong>
      </p>
      {result.problem && (
        <ProblemNotice problem={result.problem} withoutTitle onTryAgain={onRead} />
      )}
      {result.decoupled?.toTellProvider && (
        <p>
          <strong>{result.decoupled.toDo}</strong> It is among unfinished work until it is recorded.
        </p>
      )}
      {result.informPatient && (
        <InformedForm
          encounterId={result.encounterId}
          url={result.url}
          patient={booking.patient}
          contact={booking.contact}
          prefix={`${booking.id}-`}
        />
      )}
    </div>
  );
}

/** Its details cannot be had: then the patient is booked from the start (RB-7). */
function NotRead({
  booking,
  problem,
  onRead,
}: {
  booking: BookingView;
  problem: Problem;
  onRead: () => void;
}) {
  const { go, signedIn } = useFrame();
  return (
    <>
      <ProblemNotice
        problem={{ ...problem, title: `${booking.patient}: ${problem.title}` }}
        onTryAgain={onRead}
      />
      <p>
        The details of this booking cannot be retrieved, so it was not cancelled. Telephone the
        service{booking.servicePhone && ` on ${booking.servicePhone}`}.{" "}
        {signedIn?.user.mayBook
          ? "A patient who needs another appointment is booked from the start."
          : "A patient who needs another appointment is booked from the start, by a colleague who may book."}
      </p>
      <div className="app-actions">
        <Button look="secondary" onClick={onRead}>
          Read it again
        </Button>
        {signedIn?.user.mayBook && (
          <Button look="secondary" onClick={() => go({ page: "newPatient" })}>
            New patient
          </Button>
        )}
      </div>
    </>
  );
}
