import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { DateFields } from "../../components/DateFields";
import { FormProblem } from "../../components/FormProblem";
import { Group, messageFor, TextField } from "../../components/form";
import { Page } from "../../components/Page";
import { Progress } from "../../components/Progress";
import { ScrolledTable } from "../../components/ScrolledTable";
import { ServiceDayForm } from "../../components/ServiceDayForm";
import type { ServiceDay } from "../../components/ServiceDayForm";
import type { BookingView, FindBookingsInput } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { mayCancel } from "../../frame/may";
import { keys, problemOf, readFromProvider, useRenewBookings } from "../../frame/queries";
import { useTyped } from "../../frame/typed";

const nobody: FindBookingsInput = {
  nhsNumber: "",
  familyName: "",
  birthDay: "",
  birthMonth: "",
  birthYear: "",
};

/** Of this desk's record: a patient's bookings, or those of a service on a day. */
export function FindBookingsPage() {
  const { go, signedIn } = useFrame();
  return (
    <div className="app-pad">
      <Page
        title="Find bookings"
        aside={
          mayCancel(signedIn?.user) && (
            <Button look="secondary" onClick={() => go({ page: "serviceCloses" })}>
              A service closes
            </Button>
          )
        }
      >
        <p className="app-quiet">
          Bookings that this organisation made. Those of others are with their providers and, where
          one is connected, in the appointment registry.
        </p>
        <ByPatient />
        <ByServiceAndDay />
      </Page>
    </div>
  );
}

function ByPatient() {
  const { desk } = useFrame();
  const [typed, type] = useTyped("find bookings", nobody);
  const [wanted, setWanted] = useState<FindBookingsInput | null>(null);
  const found = useQuery({
    queryKey: keys.found(wanted),
    queryFn: () => desk.findBookings(wanted ?? nobody),
    enabled: wanted !== null,
    gcTime: 0,
  });
  const problem = found.isFetching ? null : problemOf(found.error);
  const names = ["birthDay", "birthMonth", "birthYear"] as const;
  const born = names.map((name) => messageFor(problem, name)).find(Boolean);
  return (
    <section className="app-card" aria-labelledby="by-patient">
      <h2 className="app-h2" id="by-patient">
        Of a patient
      </h2>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (JSON.stringify(wanted) === JSON.stringify(typed)) void found.refetch();
          else setWanted(typed);
        }}
      >
        <FormProblem problem={problem} onTryAgain={() => void found.refetch()} />
        <div className="app-row">
          <TextField
            id="nhsNumber"
            label="NHS number"
            width={10}
            inputMode="numeric"
            value={typed.nhsNumber}
            onText={(nhsNumber) => type({ nhsNumber })}
            message={messageFor(problem, "nhsNumber")}
          />
          <TextField
            id="familyName"
            label="Or family name, with the date of birth"
            width={20}
            value={typed.familyName}
            onText={(familyName) => type({ familyName })}
            message={messageFor(problem, "familyName")}
          />
          <Group legend="Date of birth" field="birth" message={born}>
            <DateFields
              ids={["birthDay", "birthMonth", "birthYear"]}
              values={[typed.birthDay, typed.birthMonth, typed.birthYear]}
              onText={(at, text) => type({ [names[at]]: text })}
              message={born}
            />
          </Group>
        </div>
        <Button type="submit">Find</Button>
      </form>
      {found.isFetching && !found.data && <Progress words="Looking in this desk’s record" />}
      {found.data && !problem && <Results label="Bookings of the patient" bookings={found.data} />}
    </section>
  );
}

function ByServiceAndDay() {
  const { desk } = useFrame();
  const [wanted, setWanted] = useState<ServiceDay | null>(null);
  const found = useQuery({
    queryKey: keys.bookingsOn(wanted?.serviceId ?? "", wanted?.day ?? ""),
    queryFn: () => desk.bookingsOn(wanted?.serviceId ?? "", wanted?.day ?? ""),
    enabled: wanted !== null,
    gcTime: 0,
  });
  const problem = found.isFetching ? null : problemOf(found.error);
  return (
    <section className="app-card" aria-labelledby="by-day">
      <h2 className="app-h2" id="by-day">
        By service and day
      </h2>
      <ServiceDayForm
        problem={problem}
        onLook={(next) => {
          if (wanted?.serviceId === next.serviceId && wanted.day === next.day) void found.refetch();
          else setWanted(next);
        }}
      />
      {found.isFetching && !found.data && <Progress words="Looking in this desk’s record" />}
      {found.data && !problem && (
        <Results
          label="Bookings of the day"
          bookings={found.data.bookings}
          removed={found.data.removed}
        />
      )}
    </section>
  );
}

function Results({
  label,
  bookings,
  removed = "",
}: {
  label: string;
  bookings: BookingView[];
  /** That there were more whose details are gone; empty where there were none. */
  removed?: string;
}) {
  const { go } = useFrame();
  return (
    <>
      <p role="status" className="app-found">
        {bookings.length === 0
          ? "None found. Check what you typed, or try the other way of looking."
          : `${bookings.length} found.`}
        {removed && ` ${removed}`}
      </p>
      {bookings.length > 0 && (
        <ScrolledTable
          label={label}
          heads={["Patient", "Appointment", "Service", "Status, as last asked", "What to do"]}
          rows={bookings.map((booking) => [
            <>
              <strong>{booking.patient}</strong>
              <br />
              {booking.born} · {booking.nhsNumber}
            </>,
            `${booking.date} ${booking.start}`,
            booking.service,
            <Status key={booking.id} booking={booking} />,
            <Button
              look="secondary"
              aria-label={`Open the booking of ${booking.patient}, ${booking.date} ${booking.start}`}
              onClick={() => go({ page: "booking", bookingId: booking.id })}
            >
              Open
            </Button>,
          ])}
        />
      )}
    </>
  );
}

/** The status as the provider last said, with the way to ask it now. */
function Status({ booking }: { booking: BookingView }) {
  const { desk } = useFrame();
  const renew = useRenewBookings();
  const ask = useMutation({
    mutationFn: () =>
      readFromProvider(desk, { bookingId: booking.id, encounterId: null, url: null }),
    onSuccess: renew,
  });
  const problem = problemOf(ask.error);
  const now = ask.data;
  return (
    <>
      <span role="status">
        <strong>{now?.status ?? booking.status}</strong>, {now?.asOf ?? booking.statusAsOf}
        {now?.warning && ` · ⚠ ${now.warning}`}
        {problem && ` · ⚠ ${problem.title}. ${problem.whatToDo}`}
      </span>
      <br />
      {ask.isPending ? (
        <Progress words="Asking the provider" />
      ) : (
        <Button
          look="link"
          aria-label={`Ask now: ${booking.patient}, ${booking.date} ${booking.start}`}
          onClick={() => ask.mutate()}
        >
          Ask now
        </Button>
      )}
    </>
  );
}
