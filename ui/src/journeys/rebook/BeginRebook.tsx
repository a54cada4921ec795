import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { messageFor, TextArea } from "../../components/form";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { EncounterView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf, useRenew } from "../../frame/queries";
import type { WhichBooking } from "../../platform/desk";

/** Begins to replace a booking within an encounter: a reassessment comes first, or a reason (RB-2). */
export function BeginRebook({
  encounter,
  which,
}: {
  encounter: EncounterView;
  which: WhichBooking;
}) {
  const { desk, go } = useFrame();
  const renew = useRenew();
  const [without, setWithout] = useState("");
  const begin = useMutation({
    mutationFn: () => desk.beginRebook(encounter.id, which, without),
    onSuccess: () => {
      renew();
      go({ page: "encounter", encounterId: encounter.id, step: "services" });
    },
  });
  const problem = problemOf(begin.error);
  return (
    <div>
      {problem && <ProblemNotice problem={problem} takesFocus encounterId={encounter.id} />}
      {problem?.code === "reassessmentNeeded" && (
        <TextArea
          id="withoutReassessment"
          label="Or say why it goes on without a reassessment"
          rows={2}
          value={without}
          onText={setWithout}
          message={messageFor(problem, "withoutReassessment")}
        />
      )}
      <Button
        look="secondary"
        aria-disabled={begin.isPending}
        onClick={() => begin.isPending || begin.mutate()}
      >
        Replace it: book a new slot first
      </Button>
    </div>
  );
}
