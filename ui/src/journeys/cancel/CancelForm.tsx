import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { messageFor, TextArea, Tick } from "../../components/form";
import { SendingProgress } from "../../components/SendingProgress";
import type { BookingShownView, CancelResultView } from "../../contract/contract";
import { problemOf, useEncounter, useRenewBookings } from "../../frame/queries";
import { useFrame } from "../../frame/frame";
import { useSending } from "../../frame/sending";
import { useTyped } from "../../frame/typed";
import { cancelProblem } from "../../frame/unsure";

const nothing = {
  nameReadBack: false,
  birthDateReadBack: false,
  numberReadBack: false,
};

/** The last look: read back to the patient, tick each, say why. */
export function CancelForm({
  shown,
  rebookId,
  onResult,
  onReadAgain,
}: {
  shown: BookingShownView;
  rebookId: string | null;
  onResult: (result: CancelResultView) => void;
  onReadAgain: () => void;
}) {
  const { desk } = useFrame();
  const queries = useQueryClient();
  const renew = useRenewBookings();
  const sending = useSending();
  // With the version: what was ticked for another version was not ticked for this one.
  const [typed, type, forget] = useTyped(`cancel ${shown.url} ${shown.version}`, nothing);
  // Why it is cancelled does not hang on the version.
  const [why, typeWhy, forgetWhy] = useTyped(`cancel ${shown.url} why`, { reason: "" });
  const says = useReadBack(shown);
  const cancel = useMutation({
    mutationFn: () =>
      desk.cancelBooking(
        { url: shown.url, version: shown.version, ...typed, ...why, rebookId },
        sending.tell,
      ),
    onSuccess: (result) => {
      forget();
      if (result.status !== "changedMeanwhile") forgetWhy();
      // What the registry said may have counted this one: nobody is to be told of it any more.
      if (result.informPatient) void queries.invalidateQueries({ queryKey: ["registry"] });
      onResult(result);
    },
    onSettled: () => {
      sending.over();
      renew();
    },
  });
  const press = () => {
    if (sending.begin()) cancel.mutate();
  };
  const failed = problemOf(cancel.error);
  // After something unexpected nobody knows whether it was sent: then it is not sent again here.
  const unsure = failed?.code === "unexpected";
  // One object as long as it is the same failure: it takes focus once.
  const problem = useMemo(() => cancelProblem(failed), [failed]);
  const tick = (name: "nameReadBack" | "birthDateReadBack" | "numberReadBack") => ({
    id: name,
    checked: typed[name],
    message: messageFor(problem, name),
    onTick: (checked: boolean) => type({ [name]: checked }),
  });
  return (
    <form
      className="app-reject"
      noValidate
      aria-label="Cancel this booking"
      onSubmit={(event) => {
        event.preventDefault();
        if (!unsure) press();
      }}
    >
      <FormProblem problem={problem} encounterId={shown.encounterId} onTryAgain={onReadAgain} />
      <fieldset className="nhsuk-fieldset">
        <legend className="nhsuk-fieldset__legend app-label">
          Read back to the patient, and tick what fits
        </legend>
        <Tick label={<>Name: {says.name}</>} {...tick("nameReadBack")} />
        <Tick label={<>Date of birth: {says.born}</>} {...tick("birthDateReadBack")} />
        <Tick label={says.numberOrAddress} {...tick("numberReadBack")} />
      </fieldset>
      <TextArea
        id="reason"
        label="Why it is cancelled"
        rows={2}
        value={why.reason}
        onText={(reason) => typeWhy({ reason })}
        message={messageFor(problem, "reason")}
      />
      <div className="app-actions">
        <Button type="submit" aria-disabled={cancel.isPending || unsure}>
          Cancel this booking
        </Button>
        {cancel.isPending && (
          <SendingProgress
            sending={sending}
            orderKey={shown.url}
            words="Cancelling at the provider. Stay on this page."
          />
        )}
      </div>
    </form>
  );
}

/** What is read back: as the provider has it, and as this desk took it down where the provider does not say. */
function useReadBack(shown: BookingShownView) {
  const encounter = useEncounter(shown.encounterId);
  const patient = encounter.data?.patient;
  const ours = "(as taken down here: the provider does not say)";
  const value = (given: string, here: string | undefined) =>
    given ? (
      <strong>{given}</strong>
    ) : (
      <>
        <strong>{here ?? "not known"}</strong> {ours}
      </>
    );
  const hasNumber = /\d/.test(shown.nhsNumber);
  return {
    name: value(shown.patient, patient?.name),
    born: value(shown.born, patient?.born),
    numberOrAddress: hasNumber ? (
      <>NHS number: {value(shown.nhsNumber, undefined)}</>
    ) : (
      <>Address, there is no NHS number: {value("", patient?.address)}</>
    ),
  };
}
