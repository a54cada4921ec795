import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { FormEvent } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { Group, messageFor, Radios, TextArea, TextField, Tick } from "../../components/form";
import type { ApprovalView, ApprovalWay } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf } from "../../frame/queries";

type Slot = { encounterId: string; searchId: string; serviceId: string; slotKey: string };

const nothing = {
  username: "",
  passphrase: "",
  clinician: "",
  registration: "",
  calledAt: "",
  ground: "",
  accepts: false,
};

/** A clinician's word on a slot outside the timeframe: here with their own passphrase, or by telephone. */
export function ApprovalForm({
  slot,
  onApproved,
}: {
  slot: Slot;
  onApproved: (approval: ApprovalView) => void;
}) {
  const { desk } = useFrame();
  const [way, setWay] = useState<ApprovalWay>("atTheDesk");
  const [typed, setTyped] = useState(nothing);
  const [refusedBy, setRefusedBy] = useState("");
  const type = (part: Partial<typeof nothing>) => setTyped((all) => ({ ...all, ...part }));
  const here = way === "atTheDesk";
  const asked = here ? typed.username : typed.clinician;

  const approve = useMutation({
    mutationFn: () =>
      desk.approveLateSlot({
        ...slot,
        way,
        approverUsername: typed.username,
        approverPassphrase: typed.passphrase,
        clinician: typed.clinician,
        registration: typed.registration,
        calledAt: typed.calledAt,
        ground: typed.ground,
        patientAccepts: typed.accepts,
      }),
    onSuccess: onApproved,
    // Nobody else's passphrase stays in a field.
    onSettled: () => type({ passphrase: "" }),
  });
  const refuse = useMutation({
    mutationFn: () => desk.refuseLateSlot({ ...slot, clinician: asked, ground: typed.ground }),
    onSuccess: () => setRefusedBy(asked),
    onSettled: () => type({ passphrase: "" }),
  });
  const busy = approve.isPending || refuse.isPending;
  const problem = problemOf(approve.error ?? refuse.error);
  const message = (field: string) => messageFor(problem, field);
  const bound = (name: keyof Omit<typeof nothing, "accepts">, id: string = name) => ({
    id,
    value: typed[name],
    onText: (text: string) => type({ [name]: text }),
    message: message(id),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setRefusedBy("");
    refuse.reset();
    approve.mutate();
  };

  return (
    <form onSubmit={submit} noValidate>
      <FormProblem problem={problem} encounterId={slot.encounterId} />
      <p role="status">
        {refusedBy &&
          `Recorded: ${refusedBy} does not approve this slot. Choose another slot or another service.`}
      </p>
      <Group legend="How does the clinician approve it?" field="way">
        <Radios
          name="way"
          inline
          value={way}
          onText={(chosen) => setWay(chosen as ApprovalWay)}
          choices={[
            { value: "atTheDesk", label: "Here, with their own passphrase" },
            { value: "byTelephone", label: "By telephone (recorded as unverified)" },
          ]}
        />
      </Group>
      <div className="app-row">
        {here ? (
          <>
            <TextField
              label="Clinician’s username"
              width={20}
              {...bound("username", "approverUsername")}
              message={message("approverUsername") || message("clinician")}
            />
            <TextField
              label="Clinician’s passphrase"
              type="password"
              width={20}
              {...bound("passphrase", "approverPassphrase")}
            />
          </>
        ) : (
          <>
            <TextField label="Clinician’s name" width={20} {...bound("clinician")} />
            <TextField
              label="Registration number"
              hint="GMC, NMC or other"
              width={10}
              {...bound("registration")}
            />
            <TextField
              label="Called at"
              hint="For example 18:04"
              width={5}
              {...bound("calledAt")}
            />
          </>
        )}
      </div>
      <TextArea label="On what ground, in the clinician’s words" rows={2} {...bound("ground")} />
      <Tick
        id="patientAccepts"
        label="The patient was told how late it is, and accepts it"
        message={message("patientAccepts")}
        checked={typed.accepts}
        onTick={(accepts) => type({ accepts })}
      />
      <div className="app-actions">
        <Button type="submit" aria-disabled={busy}>
          Approve this slot
        </Button>
        <Button
          look="secondary"
          aria-disabled={busy}
          onClick={() => {
            if (busy) return;
            approve.reset();
            refuse.mutate();
          }}
        >
          The clinician does not approve
        </Button>
      </div>
    </form>
  );
}
