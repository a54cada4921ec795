import { useMutation, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { ErrorSummary, FieldMessage, messageFor, TextArea } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { ProblemNotice } from "../../components/ProblemNotice";
import { Progress } from "../../components/Progress";
import type { BookingShownView, BookingStageView, CancelResultView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf, useRenew } from "../../frame/queries";
import type { WhichBooking } from "../../platform/desk";
import { ReferralNote } from "../referral/SentReferral";
import { InformForm } from "./InformForm";

/** Reads a booking from its provider, shows it, has it read back, and only then cancels it. */
export function CancelBooking({
  which,
  rebookId = null,
  onDone,
}: {
  which: WhichBooking;
  rebookId?: string | null;
  onDone?: (result: CancelResultView) => void;
}) {
  const { desk } = useFrame();
  const [result, setResult] = useState<CancelResultView | null>(null);
  const shown = useQuery({
    queryKey: keys.shown(which.bookingId ?? which.url ?? ""),
    queryFn: () => desk.readBooking(which),
    gcTime: 0,
    staleTime: Infinity,
  });
  if (result)
    return (
      <CancelResult
        result={result}
        again={() => {
          setResult(null);
          void shown.refetch();
        }}
      />
    );
  return (
    <Loaded query={shown} words="Reading the booking from its provider">
      {(view) => (
        <>
          <ShownBooking shown={view} />
          {view.canCancel && (
            <ReadBack
              shown={view}
              rebookId={rebookId}
              key={view.version}
              onResult={(of) => {
                setResult(of);
                onDone?.(of);
              }}
            />
          )}
        </>
      )}
    </Loaded>
  );
}

/** A booking as its provider has it now. */
export function ShownBooking({ shown }: { shown: BookingShownView }) {
  return (
    <section className="app-card" aria-label="As the provider has it">
      <h2 className="app-h2">As the provider has it</h2>
      {shown.warning && (
        <p role="status">
          <strong>
            <span aria-hidden="true">⚠ </span>
            {shown.warning}
          </strong>
        </p>
      )}
      <Facts
        facts={[
          ["Status", <strong key="status">{`${shown.status}, as of ${shown.asOf}`}</strong>],
          ["When", shown.when],
          ["Service", shown.service],
          ["Place", shown.place],
          ["What for", shown.description],
          ["Patient", shown.patient],
          ["Born", shown.born],
          ["NHS number", shown.nhsNumber],
          ["Made by", shown.madeBy],
          ["Version", shown.version],
          ...shown.notes.map((note, index) => [`Note ${index + 1}`, note] as const),
        ]}
      />
    </section>
  );
}

function ReadBack({
  shown,
  rebookId,
  onResult,
}: {
  shown: BookingShownView;
  rebookId: string | null;
  onResult: (result: CancelResultView) => void;
}) {
  const { desk, hold } = useFrame();
  const renew = useRenew();
  const [read, setRead] = useState({ name: false, birthDate: false, number: false });
  const [reason, setReason] = useState("");
  const [stage, setStage] = useState<BookingStageView | null>(null);
  const [stopping, setStopping] = useState(false);
  const sent = useRef(false);
  const cancel = useMutation({
    mutationFn: () =>
      desk.cancelBooking(
        {
          url: shown.url,
          version: shown.version,
          nameReadBack: read.name,
          birthDateReadBack: read.birthDate,
          numberReadBack: read.number,
          reason,
          rebookId,
        },
        setStage,
      ),
    onSuccess: onResult,
    onSettled: () => {
      hold(false);
      sent.current = false;
      renew();
    },
  });
  const press = () => {
    if (sent.current) return;
    sent.current = true;
    hold(true);
    cancel.mutate();
  };
  const problem = problemOf(cancel.error);
  const fields = [
    { key: "name", field: "nameReadBack", words: `Name: ${shown.patient}` },
    { key: "birthDate", field: "birthDateReadBack", words: `Date of birth: ${shown.born}` },
    {
      key: "number",
      field: "numberReadBack",
      words:
        shown.nhsNumber === "Not known"
          ? "Address: as the patient says it"
          : `NHS number: ${shown.nhsNumber}`,
    },
  ] as const;
  return (
    <form
      className="app-card"
      noValidate
      aria-labelledby="read-back"
      onSubmit={(event) => {
        event.preventDefault();
        press();
      }}
    >
      <h2 className="app-h2" id="read-back">
        Read back to the patient, and tick what fits
      </h2>
      {problem &&
        (problem.fields.length > 0 ? (
          <ErrorSummary problem={problem} />
        ) : (
          <ProblemNotice problem={problem} takesFocus onTryAgain={press} />
        ))}
      {fields.map(({ key, field, words }) => (
        <div key={key}>
          <FieldMessage id={field} message={messageFor(problem, field)} />
          <label className="app-radio" htmlFor={field}>
            <input
              type="checkbox"
              id={field}
              checked={read[key]}
              onChange={(event) => setRead({ ...read, [key]: event.target.checked })}
            />
            <span>{words}</span>
          </label>
        </div>
      ))}
      <TextArea
        id="reason"
        label="Why it is cancelled"
        rows={2}
        value={reason}
        onText={setReason}
        message={messageFor(problem, "reason")}
      />
      <div className="app-actions">
        <Button type="submit" aria-disabled={cancel.isPending} id="cancel">
          Cancel this booking
        </Button>
        {cancel.isPending && stage?.mayStop && (
          <Button
            look="secondary"
            aria-disabled={stopping}
            onClick={() => {
              if (stopping) return;
              setStopping(true);
              void desk.stopSending(shown.url);
            }}
          >
            Stop trying
          </Button>
        )}
        {cancel.isPending && (
          <Progress words={stage?.words ?? "Cancelling with the provider. Stay on this page."} />
        )}
      </div>
    </form>
  );
}

/** What the provider said, in its own look: done, not done, or not known. */
export function CancelResult({ result, again }: { result: CancelResultView; again: () => void }) {
  const { desk } = useFrame();
  const looks: Partial<Record<CancelResultView["status"], readonly [string, string]>> = {
    cancelled: ["app-booked", "✓ "],
    notKnown: ["app-unknown", "? "],
  };
  const [look, mark] = looks[result.status] ?? ["app-gate", "✕ "];
  return (
    <section className="app-card" aria-label="What the provider said" data-cancel={result.status}>
      <div className={look}>
        <p className="app-booked__line" role="status">
          <span aria-hidden="true">{mark}</span>
          {result.title}
        </p>
      </div>
      {!result.recorded && (
        <p>
          <strong>This desk could not write it down: note it by hand.</strong>
        </p>
      )}
      {result.version && (
        <p className="app-quiet">The provider holds it in version {result.version}.</p>
      )}
      {result.problem && (
        <ProblemNotice problem={result.problem} takesFocus withoutTitle onTryAgain={again} />
      )}
      {result.decoupled && (
        <p>
          The referral to {result.decoupled.service} is no referral any more: the service must not
          treat it as one.
        </p>
      )}
      {result.decoupled?.toTellProvider && (
        <ReferralNote
          words={result.decoupled.toDo}
          label="Who was told, and what was said"
          button="The service was told"
          record={(note) =>
            desk.providerTold({ documentId: result.decoupled?.documentId ?? "", note })
          }
        />
      )}
      {result.informPatient && <InformForm encounterId={result.encounterId} url={result.url} />}
    </section>
  );
}
