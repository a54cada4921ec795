import { useQuery } from "@tanstack/react-query";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { InformedForm } from "../../components/InformedForm";
import { NoteForm } from "../../components/NoteForm";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type {
  BookingShownView,
  CancelResultView,
  RebookView,
  ReferralView,
} from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, useEncounter } from "../../frame/queries";

type Props = {
  result: CancelResultView;
  of: BookingShownView;
  rebookId: string | null;
  onReadAgain: () => void;
  onBack: () => void;
  /** Where `onBack` leads. */
  back: string;
};

/** What came of it, in the provider's word alone; and what is to be done now. */
export function CancelResult({ result, of, rebookId, onReadAgain, onBack, back }: Props) {
  const words = [of.patient, of.when, of.service].filter(Boolean).join(", ");
  const { problem } = result;
  return (
    <Page title={result.title}>
      {result.status === "cancelled" && (
        <div className="app-booked">
          <p className="app-booked__line">
            <span aria-hidden="true">✓ </span>Cancelled: {words}
          </p>
          {result.version && <p>The provider holds it as cancelled, version {result.version}.</p>}
        </div>
      )}
      {result.status === "notKnown" && problem && (
        <div className="app-unknown">
          <p className="app-unknown__line">
            <span aria-hidden="true">? </span>
            Do not tell the patient that it is cancelled, and do not tell them that it stands,
            before this is settled.
          </p>
          <p>
            <strong>{words}</strong>
          </p>
          <ProblemNotice problem={problem} withoutTitle takesFocus />
        </div>
      )}
      {result.status !== "cancelled" && result.status !== "notKnown" && problem && (
        <>
          <p>
            <strong>{words}</strong>
          </p>
          <ProblemNotice problem={problem} withoutTitle takesFocus onTryAgain={onReadAgain} />
        </>
      )}
      {!result.recorded && (
        <p className="app-gate" role="alert">
          <strong>This desk could not write the result down.</strong> It will be among unfinished
          work: tell the help desk.
        </p>
      )}
      {rebookId !== null && (
        <BothResults result={result} encounterId={of.encounterId} rebookId={rebookId} />
      )}
      {result.decoupled && <Decoupled referral={result.decoupled} />}
      {result.informPatient && (
        <InformedForm encounterId={result.encounterId} url={result.url} patient={of.patient} />
      )}
      <div className="app-actions">
        {rebookId !== null && result.informPatient && <GoOn encounterId={of.encounterId} />}
        <Button look="secondary" onClick={onBack}>
          {back}
        </Button>
      </div>
    </Page>
  );
}

/** After a rebooking the service of the new booking is to learn why the patient comes. */
function GoOn({ encounterId }: { encounterId: string }) {
  const { go, remember } = useFrame();
  const encounter = useEncounter(encounterId).data;
  if (!encounter || encounter.ended) return null;
  const to = (step: "referral" | "ending") => () => {
    remember(encounterId, { referTo: undefined });
    go({ page: "encounter", encounterId, step });
  };
  return encounter.referrals.some(({ decoupled }) => !decoupled) ? (
    <Button look="secondary" onClick={to("ending")}>
      Finish encounter
    </Button>
  ) : (
    <Button look="secondary" onClick={to("referral")}>
      Send the referral for the new booking
    </Button>
  );
}

/** Of a rebooking: the new booking and the original, each with its own result (RB-5). */
function BothResults({
  result,
  encounterId,
  rebookId,
}: {
  result: CancelResultView;
  encounterId: string;
  rebookId: string;
}) {
  const { desk } = useFrame();
  const encounter = useEncounter(encounterId);
  const rebook = encounter.data?.rebooks.find(({ id }) => id === rebookId);
  const fresh = useQuery({
    queryKey: keys.booking(rebook?.newBookingId ?? ""),
    queryFn: () => desk.booking(rebook?.newBookingId ?? ""),
    enabled: Boolean(rebook?.newBookingId),
  });
  if (!rebook) return null;
  const made = fresh.data
    ? `${fresh.data.date} ${fresh.data.start}, ${fresh.data.service}`
    : "settled by hand";
  const gone = result.informPatient;
  const unknown = result.status === "notKnown";
  const original = gone
    ? "✓ Not held any more"
    : unknown
      ? "? Not known whether it was cancelled"
      : "✗ Not cancelled, it stands";
  return (
    <section
      className={`app-card ${gone || rebook.settled ? "" : "app-card--waiting"}`}
      aria-labelledby="both"
    >
      <h2 className="app-h2" id="both">
        {gone
          ? "Rebooked"
          : unknown
            ? "We do not know whether the patient holds one booking or two"
            : rebook.settled
              ? "The patient keeps both bookings"
              : "The patient holds two bookings"}
      </h2>
      <Facts
        facts={[
          ["New booking", `✓ Booked: ${made}`],
          ["Original", `${original}: ${rebook.original}`],
          [
            "Holds right now",
            <strong key="holds">{encounter.isFetching ? "…" : rebook.holds}</strong>,
          ],
          ["Next", encounter.isFetching ? "" : rebook.next],
        ]}
      />
      {!gone && !unknown && rebook.mayCancelOriginal && <KeepBoth rebook={rebook} />}
    </section>
  );
}

function KeepBoth({ rebook }: { rebook: RebookView }) {
  const { desk } = useFrame();
  return (
    <NoteForm
      form={`keepBoth ${rebook.id}`}
      field="reason"
      prefix="both-"
      label="Why the patient keeps both"
      button="Keep both bookings"
      doneWords="Recorded: the patient keeps both bookings."
      save={(reason) => desk.keepBoth(rebook.id, reason)}
    />
  );
}

/** A referral that is none any more: the provider is to be told (CA-5). */
function Decoupled({ referral }: { referral: ReferralView }) {
  const { desk } = useFrame();
  return (
    <section className="app-card app-card--waiting" aria-labelledby="decoupled">
      <h2 className="app-h2" id="decoupled">
        <span aria-hidden="true">⚠ </span>The referral that went with it no longer counts
      </h2>
      <p>
        {referral.state}. <strong>{referral.toDo}</strong>
      </p>
      <Facts
        facts={[
          ["Service", referral.service],
          ["Phone", referral.servicePhone],
          ["Referral made", referral.made],
        ]}
      />
      {referral.toTellProvider && (
        <NoteForm
          form={`providerTold ${referral.documentId}`}
          field="note"
          prefix="told-"
          label="Whom you told at the service, and how"
          button="Record that the service was told"
          doneWords={`Recorded: ${referral.service} was told.`}
          save={(note) => desk.providerTold({ documentId: referral.documentId, note })}
        />
      )}
    </section>
  );
}
