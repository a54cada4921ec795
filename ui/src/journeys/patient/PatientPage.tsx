import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import {
  FieldMessage,
  Group,
  messageFor,
  Radios,
  SelectField,
  TextField,
} from "../../components/form";
import { Page } from "../../components/Page";
import { Overtaken } from "../../components/Overtaken";
import type { NhsNumberCheckView, PatientInput } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { newEncounter, versionSeen } from "../../frame/memory";
import { keys, problemOf, useEncounter } from "../../frame/queries";
import { ContactsFields } from "./ContactsFields";

const emptyPatient: PatientInput = {
  nhsNumber: "",
  title: "",
  givenName: "",
  familyName: "",
  birthDay: "",
  birthMonth: "",
  birthYear: "",
  gender: "",
  addressLines: ["", ""],
  town: "",
  postcode: "",
  currentPostcode: "",
  gpPractice: "",
  contacts: [{ whose: "patient", name: "", kind: "mobile", value: "" }],
};

const genders = [
  { value: "female", label: "Female" },
  { value: "male", label: "Male" },
  { value: "other", label: "Other" },
  { value: "unknown", label: "Not known" },
];

export function PatientPage({ encounterId }: { encounterId?: string }) {
  if (encounterId === undefined) return <PatientForm begin={emptyPatient} />;
  return <ExistingPatient encounterId={encounterId} />;
}

function ExistingPatient({ encounterId }: { encounterId: string }) {
  const encounter = useEncounter(encounterId);
  if (!encounter.data) return null;
  return (
    <PatientForm
      encounterId={encounterId}
      begin={encounter.data.patientInput}
      version={encounter.data.version}
    />
  );
}

const birthFields = ["birthDay", "birthMonth", "birthYear"];

function PatientForm({
  encounterId,
  begin,
  version = 0,
}: {
  encounterId?: string;
  begin: PatientInput;
  /** The encounter's, as shown. */
  version?: number;
}) {
  const { desk, go, start, recall, remember, forget } = useFrame();
  const queries = useQueryClient();
  const place = encounterId ?? newEncounter;
  const draft = recall(place).patientDraft ?? withRoom(begin);
  // Fields changed since the form was last looked at: what was wrong with them may be right now.
  const [mended, setMended] = useState<readonly string[]>([]);
  const change = (part: Partial<PatientInput>) => {
    const fields = Object.keys(part);
    const birth = fields.some((name) => name.startsWith("birth")) ? birthFields : [];
    setMended((earlier) => [...earlier, ...fields, ...birth]);
    remember(place, (memory) => ({
      patientDraft: { ...draft, ...part },
      patientBegun: memory.patientBegun ?? { version, recorded: begin },
    }));
  };
  const [check, setCheck] = useState<NhsNumberCheckView | null>(null);
  const latest = useRef("");

  const save = useMutation({
    onMutate: () => setMended([]),
    mutationFn: () =>
      encounterId === undefined
        ? desk.startEncounter(draft)
        : desk.changePatient(
            encounterId,
            versionSeen(recall(place).patientBegun, version, begin),
            draft,
          ),
    onSuccess: (view) => {
      queries.setQueryData(keys.encounter(view.id), view);
      // The patient may be elsewhere now: what was found for them no longer holds.
      queries.removeQueries({ queryKey: keys.services(view.id) });
      void queries.invalidateQueries({ queryKey: keys.encounters });
      if (encounterId === undefined) forget(newEncounter);
      else
        remember(encounterId, {
          patientDraft: undefined,
          patientBegun: undefined,
          chosen: undefined,
          slotKey: undefined,
          referTo: undefined,
        });
      const step = view.outcome ? "services" : "responses";
      go({ page: "encounter", encounterId: view.id, step });
    },
  });
  const problem = problemOf(save.error);
  const message = (field: string) =>
    mended.some((name) => field === name || field.startsWith(`${name}.`))
      ? ""
      : messageFor(problem, field);

  useEffect(() => {
    const field = document.getElementById("nhsNumber");
    if (encounterId === undefined && !recall(place).patientDraft) field?.focus();
    // Once, when the form comes up: the heading has had its turn.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const typedNhsNumber = (text: string) => {
    change({ nhsNumber: text });
    latest.current = text;
    void desk.checkNhsNumber(text).then(
      (view) => {
        if (latest.current !== text) return;
        setCheck(view);
        if (view.formatted && document.activeElement?.id === "nhsNumber") {
          const field = document.activeElement as HTMLInputElement;
          // Formatting under the caret would move it: only at the end of what is typed.
          if (field.selectionStart === field.value.length && field.value === text) {
            remember(place, (memory) => ({
              patientDraft: { ...(memory.patientDraft ?? draft), nhsNumber: view.formatted },
            }));
          }
        }
      },
      () => setCheck(null),
    );
  };

  const birth = birthFields.find((field) => message(field));
  return (
    <Page
      title="Patient"
      aside={
        start.readyPatients.length > 0 && (
          <SelectField
            id="readyPatient"
            label="Fill with an invented patient"
            value=""
            onText={(label) => {
              const ready = start.readyPatients.find((one) => one.label === label);
              if (ready) {
                change(withRoom(ready.patient));
                setCheck(null);
              }
            }}
            choices={[
              { value: "", label: "Choose…" },
              ...start.readyPatients.map(({ label }) => ({ value: label, label })),
            ]}
          />
        )
      }
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!save.isPending) save.mutate();
        }}
      >
        <FormProblem problem={problem} encounterId={encounterId} onTryAgain={() => save.mutate()} />
        {encounterId !== undefined && problem?.code === "changedMeanwhile" && (
          <Overtaken
            encounterId={encounterId}
            keep={(view) => {
              save.reset();
              remember(place, {
                patientBegun: { version: view.version, recorded: view.patientInput },
              });
            }}
            take={() => {
              save.reset();
              remember(place, { patientDraft: undefined, patientBegun: undefined });
            }}
            recorded={(view) => [
              ["Name", view.patient.name],
              ["Born", view.patient.born],
              ["NHS number", view.patient.nhsNumber],
              ["Address", view.patient.address],
              ["Now at", view.patient.locationPostcode],
              ["Contact", view.patient.contacts.map(({ value }) => value).join("; ")],
            ]}
          />
        )}
        <div className="app-columns">
          <section className="app-card">
            <h2 className="app-h2">Who</h2>
            <TextField
              id="nhsNumber"
              label="NHS number (if known)"
              width={10}
              inputMode="numeric"
              value={draft.nhsNumber}
              onText={typedNhsNumber}
              message={message("nhsNumber")}
              beside={
                check && draft.nhsNumber !== "" && !message("nhsNumber") ? (
                  <span className={`app-check app-check--${check.state}`}>
                    {check.state === "valid" && <span aria-hidden="true">✓ </span>}
                    {check.state === "invalid" && <span aria-hidden="true">✗ </span>}
                    {check.message}
                  </span>
                ) : (
                  ""
                )
              }
            />
            <div className="app-row">
              <TextField
                id="title"
                label="Title"
                width={5}
                value={draft.title}
                onText={(title) => change({ title })}
                message={message("title")}
              />
              <TextField
                id="givenName"
                label="Given name"
                value={draft.givenName}
                onText={(givenName) => change({ givenName })}
                message={message("givenName")}
              />
              <TextField
                id="familyName"
                label="Family name"
                value={draft.familyName}
                onText={(familyName) => change({ familyName })}
                message={message("familyName")}
              />
            </div>
            <Group legend="Date of birth" field="birth" message={birth && message(birth)}>
              <div className="app-row app-row--tight">
                <TextField
                  id="birthDay"
                  label="Day"
                  width={2}
                  inputMode="numeric"
                  value={draft.birthDay}
                  onText={(birthDay) => change({ birthDay })}
                  aria-invalid={Boolean(message("birthDay"))}
                />
                <TextField
                  id="birthMonth"
                  label="Month"
                  width={5}
                  value={draft.birthMonth}
                  onText={(birthMonth) => change({ birthMonth })}
                  aria-invalid={Boolean(message("birthMonth"))}
                />
                <TextField
                  id="birthYear"
                  label="Year"
                  width={4}
                  inputMode="numeric"
                  value={draft.birthYear}
                  onText={(birthYear) => change({ birthYear })}
                  aria-invalid={Boolean(message("birthYear"))}
                />
              </div>
            </Group>
            <Group legend="Gender" field="gender" message={message("gender")}>
              <Radios
                name="gender"
                inline
                value={draft.gender}
                onText={(gender) => change({ gender })}
                choices={genders}
              />
            </Group>
            <TextField
              id="gpPractice"
              label="GP practice code (if known)"
              width={10}
              value={draft.gpPractice}
              onText={(gpPractice) => change({ gpPractice })}
              message={message("gpPractice")}
            />
          </section>
          <section className="app-card">
            <h2 className="app-h2">Where</h2>
            <Group legend="Home address" field="addressLines" message={message("addressLines")}>
              {draft.addressLines.map((line, index) => (
                <TextField
                  key={index}
                  id={`addressLines.${index}`}
                  label={`Address line ${index + 1}`}
                  value={line}
                  onText={(text) =>
                    change({
                      addressLines: draft.addressLines.map((old, at) =>
                        at === index ? text : old,
                      ),
                    })
                  }
                  message={message(`addressLines.${index}`)}
                />
              ))}
            </Group>
            <div className="app-row">
              <TextField
                id="town"
                label="Town"
                value={draft.town}
                onText={(town) => change({ town })}
                message={message("town")}
              />
              <TextField
                id="postcode"
                label="Postcode"
                width={10}
                value={draft.postcode}
                onText={(postcode) => change({ postcode })}
                message={message("postcode")}
              />
            </div>
            <TextField
              id="currentPostcode"
              label="Postcode where the patient is now"
              hint="Only if not at home: services are searched from here"
              width={10}
              value={draft.currentPostcode}
              onText={(currentPostcode) => change({ currentPostcode })}
              message={message("currentPostcode")}
            />
          </section>
        </div>
        <section className="app-card">
          <h2 className="app-h2">How to reach them, most preferred first</h2>
          <FieldMessage id="contacts" message={message("contacts")} />
          <ContactsFields
            contacts={draft.contacts}
            onChange={(contacts) => change({ contacts })}
            message={message}
          />
        </section>
        <div className="app-actions app-actions--sticky">
          <Button type="submit" aria-disabled={save.isPending}>
            Save patient
          </Button>
        </div>
      </form>
    </Page>
  );
}

/** The patient with room to type in: two address lines and one contact at least. */
function withRoom(patient: PatientInput): PatientInput {
  return {
    ...patient,
    addressLines: [...patient.addressLines, "", ""].slice(
      0,
      Math.max(2, patient.addressLines.length),
    ),
    contacts: patient.contacts.length > 0 ? patient.contacts : emptyPatient.contacts,
  };
}
