import { useMutation } from "@tanstack/react-query";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { Group, messageFor, Radios, TextArea, usePrefixed } from "../../components/form";
import type { UnfinishedKind, UnfinishedView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf } from "../../frame/queries";
import { useTyped } from "../../frame/typed";

type Words = { ask: string; legend: string; booked: string; notBooked: string };

const booking: Words = {
  ask: "ask what it holds for this patient",
  legend: "What does the provider hold?",
  booked: "The booking",
  notBooked: "No booking",
};
const words: Partial<Record<UnfinishedKind, Words>> = {
  cancellation: {
    ask: "ask whether it still holds this booking",
    legend: "Does the service still hold the booking?",
    booked: "Yes: it was not cancelled",
    notBooked: "No: it is cancelled",
  },
  referral: {
    ask: "ask whether the referral has come",
    legend: "Does the service have the referral?",
    booked: "Yes, it has the referral",
    notBooked: "No, it does not have it",
  },
};

/** What a person was told on the telephone, where the systems do not say. */
export function SettleForm({ piece, onDone }: { piece: UnfinishedView; onDone: () => void }) {
  const { desk } = useFrame();
  const [typed, type, forget] = useTyped(`settle ${piece.id}`, { providerHolds: "", reason: "" });
  const settle = useMutation({
    mutationFn: () => desk.settleUnfinished({ id: piece.id, ...typed }),
    onSuccess: () => {
      forget();
      onDone();
    },
  });
  const prefix = `settle-${piece.id}-`;
  const problem = usePrefixed(problemOf(settle.error), prefix);
  const says = words[piece.kind] ?? booking;
  return (
    <form
      className="app-reject"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!settle.isPending) settle.mutate();
      }}
    >
      <p>
        Ring the service{piece.servicePhone && ` on ${piece.servicePhone}`} and {says.ask}.
      </p>
      <FormProblem problem={problem} onTryAgain={() => settle.mutate()} />
      <Group
        legend={says.legend}
        field={`${prefix}providerHolds`}
        message={messageFor(problem, `${prefix}providerHolds`)}
      >
        <Radios
          name={`${prefix}providerHolds`}
          inline
          value={typed.providerHolds}
          onText={(providerHolds) => type({ providerHolds })}
          choices={[
            { value: "booked", label: says.booked },
            { value: "notBooked", label: says.notBooked },
          ]}
        />
      </Group>
      <TextArea
        id={`${prefix}reason`}
        label="Who said so, and how"
        rows={2}
        value={typed.reason}
        onText={(reason) => type({ reason })}
        message={messageFor(problem, `${prefix}reason`)}
      />
      <Button type="submit" aria-disabled={settle.isPending}>
        Record
      </Button>
    </form>
  );
}
