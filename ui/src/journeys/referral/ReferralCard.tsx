import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { ErrorSummary, messageFor, TextArea } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { ProblemNotice } from "../../components/ProblemNotice";
import { SaveDocument } from "../../components/SaveDocument";
import { SecureMail } from "../../components/SecureMail";
import type { DeliveryView, ReferralView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { ReferralSections } from "./ReferralSections";

/** A referral that was made: how it stands at each receiver, and what a person has to do about it. */
export function ReferralCard({
  referral,
  takesFocus = false,
  onPrint,
  notPrinted,
}: {
  referral: ReferralView;
  /** For one that was sent a moment ago. */
  takesFocus?: boolean;
  onPrint: () => void;
  /** Why it was not printed; empty where nothing went wrong. */
  notPrinted: string;
}) {
  const { documentId, deliveries, decoupled, toSendByHand, toTellProvider, byMail } = referral;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  const [reading, setReading] = useState(false);
  // What is told by telephone is read from here.
  const readOut = toSendByHand && !byMail;
  const waiting = decoupled || toSendByHand || deliveries.some(({ received }) => !received);
  return (
    <section
      className={`app-card ${waiting ? "app-card--waiting" : ""}`}
      aria-labelledby={`referral-${documentId}`}
    >
      <h2 className="app-h2" id={`referral-${documentId}`} tabIndex={-1} ref={heading}>
        <span aria-hidden="true">{waiting ? "⚠ " : "✓ "}</span>
        {decoupled ? "No referral any more" : "Referral"}: {referral.service}
      </h2>
      <p role={takesFocus ? "status" : undefined}>
        <strong>{referral.state}.</strong>
      </p>
      {referral.toDo && (
        <p>
          <strong>To do: </strong>
          {referral.toDo}
        </p>
      )}
      {deliveries.length > 0 && (
        <ul className="app-plain-list">
          {deliveries.map((delivery, index) => (
            <li key={index}>
              <Delivery delivery={delivery} />
            </li>
          ))}
        </ul>
      )}
      {toSendByHand && (
        <div className="app-actions">
          <SaveDocument documentId={documentId} first={byMail !== null} />
        </div>
      )}
      {byMail && <SecureMail mail={byMail} id={documentId} />}
      {readOut && <WhatWasSent documentId={documentId} />}
      {toSendByHand && (
        <NoteForm
          referral={referral}
          on="sentByHand"
          legend="Once it is sent"
          label="How it was sent, to whom, and what was said"
          button="Record that it was sent"
        />
      )}
      {toTellProvider && (
        <NoteForm
          referral={referral}
          on="told"
          legend="Once the service was told"
          label="Whom you spoke to, and what was said"
          button="Record that the service was told"
        />
      )}
      <Facts
        facts={[
          ["Patient", referral.patient],
          ["Made", referral.made],
          ["How it goes", referral.route],
          ["Service’s phone", referral.servicePhone],
          [
            "Since then",
            referral.marks.length > 0 && (
              <ul className="app-plain-list">
                {referral.marks.map((mark) => (
                  <li key={mark}>{mark}</li>
                ))}
              </ul>
            ),
          ],
        ].flatMap(([name, value]) => (value ? [[String(name), value] as const] : []))}
      />
      <div className="app-actions">
        {!toSendByHand && <SaveDocument documentId={documentId} first={false} />}
        {!readOut && (
          <Button look="secondary" aria-expanded={reading} onClick={() => setReading(!reading)}>
            {toSendByHand ? "Read what is to be sent" : "Read what was sent"}
          </Button>
        )}
        <Button look="secondary" onClick={onPrint}>
          Print
        </Button>
        <span role="status" className="app-quiet">
          {notPrinted}
        </span>
      </div>
      {reading && !readOut && <WhatWasSent documentId={documentId} />}
    </section>
  );
}

function Delivery({ delivery }: { delivery: DeliveryView }) {
  return (
    <>
      <p className="app-delivery">
        <span aria-hidden="true">{delivery.received ? "✓" : "⚠"} </span>
        {delivery.to}: <strong>{delivery.state}</strong>
      </p>
      {delivery.problem && <ProblemNotice problem={delivery.problem} withoutTitle />}
    </>
  );
}

function WhatWasSent({ documentId }: { documentId: string }) {
  const { desk } = useFrame();
  const sent = useQuery({
    queryKey: keys.referralSent(documentId),
    queryFn: () => desk.referralSent(documentId),
    staleTime: Infinity,
  });
  return (
    <Loaded query={sent} words="Fetching what was sent">
      {({ sections }) => <ReferralSections sections={sections} />}
    </Loaded>
  );
}

/** A person's word that something was done; kept while it is typed, gone once it is recorded. */
function NoteForm({
  referral: { documentId, encounterId },
  on,
  legend,
  label,
  button,
}: {
  referral: ReferralView;
  on: "sentByHand" | "told";
  legend: string;
  label: string;
  button: string;
}) {
  const { desk, recall, remember } = useFrame();
  const queries = useQueryClient();
  const place = `${on}.${documentId}`;
  const note = recall(encounterId).referralNotes?.[place] ?? "";
  const put = (text: string) =>
    remember(encounterId, ({ referralNotes }) => ({
      referralNotes: { ...referralNotes, [place]: text },
    }));
  const record = useMutation({
    mutationFn: () => {
      const input = { documentId, note };
      return on === "told" ? desk.providerTold(input) : desk.referralSentByHand(input);
    },
    onSuccess: () => {
      put("");
      void queries.invalidateQueries({ queryKey: keys.unfinished });
      void queries.invalidateQueries({ queryKey: keys.bookings });
      return queries.invalidateQueries({ queryKey: keys.encounter(encounterId) });
    },
  });
  const { error } = record;
  // The same object while the error is the same: the summary takes focus with each new one.
  const problem = useMemo(() => {
    const told = problemOf(error);
    if (told?.code !== "reasonNeeded") return told;
    return { ...told, fields: [{ field: place, message: told.whatToDo }] };
  }, [error, place]);
  return (
    <form
      className="app-reject"
      noValidate
      aria-label={legend}
      onSubmit={(event) => {
        event.preventDefault();
        if (!record.isPending) record.mutate();
      }}
    >
      {problem &&
        (problem.fields.length > 0 ? (
          <ErrorSummary problem={problem} />
        ) : (
          <ProblemNotice problem={problem} takesFocus onTryAgain={() => record.mutate()} />
        ))}
      <TextArea
        id={place}
        label={label}
        rows={2}
        value={note}
        onText={put}
        message={messageFor(problem, place)}
      />
      <Button type="submit" look="secondary" aria-disabled={record.isPending}>
        {button}
      </Button>
    </form>
  );
}
