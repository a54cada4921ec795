import { useMutation, useQuery } from "@tanstack/react-query";
import { BookingDetails, BookingOutputs } from "../../components/BookingDetails";
import { BookingShown } from "../../components/BookingShown";
import { Button } from "../../components/Button";
import { EncounterStory } from "../../components/EncounterStory";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import { ToldOfIt } from "../../components/ToldOfIt";
import { Unbroken } from "../../components/Unbroken";
import type { BookingView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { mayCancel } from "../../frame/may";
import { keys, problemOf, readFromProvider, useRenewBookings } from "../../frame/queries";
import { AttendanceForm } from "./AttendanceForm";
import { LookUp } from "./LookUp";
import { RebookSection } from "./RebookSection";

export function BookingPage({ bookingId }: { bookingId: string }) {
  const { desk } = useFrame();
  const booking = useQuery({
    queryKey: keys.booking(bookingId),
    queryFn: () => desk.booking(bookingId),
  });
  return (
    <div className="app-pad">
      <Page title="Booking">
        <Loaded query={booking} words="Fetching the booking">
          {(view) => <Booking booking={view} />}
        </Loaded>
      </Page>
    </div>
  );
}

function Booking({ booking }: { booking: BookingView }) {
  const { desk, go, signedIn } = useFrame();
  const renew = useRenewBookings();
  const which = { bookingId: booking.id, encounterId: null, url: null };
  const read = useMutation({
    mutationFn: () => readFromProvider(desk, which),
    onSuccess: renew,
  });
  const ask = () => {
    if (!read.isPending) read.mutate();
  };
  const problem = problemOf(read.error);
  const gone = problem?.code === "bookingNotFound";
  const theirs = read.data?.theirs !== false;
  return (
    <>
      <p className="app-held__now">
        <strong>
          <Unbroken text={`${booking.patient}, born ${booking.born}`} />
        </strong>{" "}
        · <Unbroken text={`${booking.date} ${booking.start}, ${booking.service}`} /> ·{" "}
        {/* What was heard last is not held against what is heard now. */}
        {gone ? (
          <strong>The provider does not have it</strong>
        ) : theirs ? (
          <>
            <strong>{booking.status}</strong>, <Unbroken text={`as of ${booking.statusAsOf}`} />
          </>
        ) : (
          <strong>Another patient’s, as its provider has it</strong>
        )}
      </p>
      <div className="app-actions">
        <Button aria-disabled={read.isPending} onClick={ask}>
          Read from the provider
        </Button>
        {mayCancel(signedIn?.user) && !gone && read.data?.canCancel !== false && (
          <Button look="secondary" onClick={() => go({ page: "cancel", ...which, rebookId: null })}>
            Cancel this booking
          </Button>
        )}
        <BookingOutputs booking={booking} />
        <Button look="secondary" onClick={() => go({ page: "home" })}>
          Back to the desk
        </Button>
        <EncounterStory encounterId={booking.encounterId} words="The encounter, step by step" />
        {read.isPending && <Progress words="Reading the booking from its provider" />}
      </div>
      {problem && (
        <ProblemNotice
          problem={problem}
          takesFocus
          encounterId={booking.encounterId}
          onTryAgain={ask}
        />
      )}
      {read.data && (
        <section className="app-card" aria-labelledby="now">
          <h2 className="app-h2" id="now">
            As its provider has it now
          </h2>
          <BookingShown shown={read.data} />
          <ToldOfIt shown={read.data} contact={booking.contact} />
        </section>
      )}
      {signedIn?.user.mayBook && theirs && <RebookSection booking={booking} gone={gone} />}
      <BookingDetails booking={booking} readBack={!gone && read.data?.asRecorded !== false} />
      <div className="app-columns">
        <AttendanceForm booking={booking} onDone={() => read.data && read.mutate()} />
        <LookUp booking={booking} />
      </div>
    </>
  );
}
