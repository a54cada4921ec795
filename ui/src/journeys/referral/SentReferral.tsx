import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { Facts } from "../../components/Facts";
import { messageFor, TextArea } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { ReferralView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf, useRenew } from "../../frame/queries";
import { ReferralSections } from "./ReferralSections";

/** A referral that was made: how it stands at each recipient, and what is to be done by hand. */
export function SentReferral({ referral }: { referral: ReferralView }) {
  const { desk } = useFrame();
  const [open, setOpen] = useState(false);
  const read = useQuery({
    queryKey: ["referralSent", referral.documentId],
    queryFn: () => desk.referralSent(referral.documentId),
    enabled: open,
  });
  const received = referral.deliveries[0]?.received === true && !referral.decoupled;
  return (
    <section className="app-card" aria-label={`Referral to ${referral.service}`}>
      <div className={referral.decoupled ? "app-gate" : received ? "app-booked" : "app-unknown"}>
        <p className="app-booked__line">
          <span aria-hidden="true">{referral.decoupled ? "✕ " : received ? "✓ " : "? "}</span>
          {referral.state}
        </p>
      </div>
      <Facts
        facts={[
          ["To", referral.service],
          ["Made", referral.made],
          ["How", referral.route],
          ...referral.deliveries.map((one) => [one.to, one.state] as const),
          ...referral.marks.map((mark, index) => [`Since then ${index + 1}`, mark] as const),
        ]}
      />
      {referral.deliveries.map(
        (one, index) => one.problem && <ProblemNotice problem={one.problem} key={index} />,
      )}
      {referral.toSendByHand && <SendByHand referral={referral} />}
      {referral.toTellProvider && (
        <ReferralNote
          words={referral.toDo}
          label="Who was told, and what was said"
          button="The service was told"
          record={(note) => desk.providerTold({ documentId: referral.documentId, note })}
        />
      )}
      <Button look="secondary" aria-expanded={open} onClick={() => setOpen(!open)}>
        What was sent
      </Button>
      {open && (
        <Loaded query={read} words="Fetching the referral">
          {(sections) => <ReferralSections sections={sections} />}
        </Loaded>
      )}
    </section>
  );
}

/** Saves the document, and records how it was sent. */
export function SendByHand({ referral }: { referral: { documentId: string; toDo: string } }) {
  const { desk } = useFrame();
  const save = useMutation({ mutationFn: () => desk.saveReferral(referral.documentId) });
  const problem = problemOf(save.error);
  return (
    <>
      {problem && <ProblemNotice problem={problem} takesFocus onTryAgain={() => save.mutate()} />}
      <div className="app-actions">
        <Button look="secondary" onClick={() => save.mutate()}>
          Save the document
        </Button>
        <span role="status">{save.data && `Saved as ${save.data}`}</span>
      </div>
      <ReferralNote
        words={referral.toDo}
        label="How it was sent, to whom, and what was said"
        button="It was sent by hand"
        record={(note) => desk.referralSentByHand({ documentId: referral.documentId, note })}
      />
    </>
  );
}

/** A note on something done by hand. */
export function ReferralNote({
  words,
  label,
  button,
  record,
}: {
  words: string;
  label: string;
  button: string;
  record: (note: string) => Promise<void>;
}) {
  const renew = useRenew();
  const [note, setNote] = useState("");
  const save = useMutation({ mutationFn: () => record(note), onSuccess: renew });
  const problem = problemOf(save.error);
  return (
    <form
      className="app-reject"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!save.isPending) save.mutate();
      }}
    >
      <p>
        <strong>{words}</strong>
      </p>
      {problem && <ProblemNotice problem={problem} takesFocus />}
      <TextArea
        id={`note-${button.length}`}
        label={label}
        rows={2}
        value={note}
        onText={setNote}
        message={messageFor(problem, "note")}
      />
      <Button type="submit" aria-disabled={save.isPending}>
        {button}
      </Button>
    </form>
  );
}
