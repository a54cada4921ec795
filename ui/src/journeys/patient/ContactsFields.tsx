import { Button } from "../../components/Button";
import { SelectField, TextField } from "../../components/form";
import type { ContactInput } from "../../contract/contract";

const whose = [
  { value: "patient", label: "Patient" },
  { value: "parent", label: "Parent" },
  { value: "partner", label: "Partner" },
  { value: "carer", label: "Carer" },
  { value: "nextOfKin", label: "Next of kin" },
  { value: "friend", label: "Friend" },
  { value: "other", label: "Other" },
];
const kinds = [
  { value: "mobile", label: "Mobile" },
  { value: "phone", label: "Phone" },
  { value: "email", label: "Email" },
];

/** Ways to reach the patient, in the order of preference. */
export function ContactsFields({
  contacts,
  onChange,
  message,
}: {
  contacts: ContactInput[];
  onChange: (contacts: ContactInput[]) => void;
  message: (field: string) => string;
}) {
  const put = (index: number, part: Partial<ContactInput>) =>
    onChange(contacts.map((old, at) => (at === index ? { ...old, ...part } : old)));
  const move = (index: number, by: -1 | 1) => {
    const moved = [...contacts];
    const [one] = moved.splice(index, 1);
    if (one) moved.splice(index + by, 0, one);
    onChange(moved);
  };
  return (
    <>
      {contacts.map((contact, index) => (
        <fieldset className="app-contact" key={index}>
          <legend className="nhsuk-u-visually-hidden">Contact {index + 1}</legend>
          <span className="app-contact__place" aria-hidden="true">
            {index + 1}
          </span>
          <SelectField
            id={`contacts.${index}.whose`}
            label="Whose"
            value={contact.whose}
            onText={(value) => put(index, { whose: value })}
            choices={whose}
            message={message(`contacts.${index}.whose`)}
          />
          <SelectField
            id={`contacts.${index}.kind`}
            label="Kind"
            value={contact.kind}
            onText={(kind) => put(index, { kind })}
            choices={kinds}
            message={message(`contacts.${index}.kind`)}
          />
          <TextField
            id={`contacts.${index}.value`}
            label="Number or address"
            width={20}
            value={contact.value}
            onText={(value) => put(index, { value })}
            message={message(`contacts.${index}.value`)}
          />
          {contact.whose !== "patient" && (
            <TextField
              id={`contacts.${index}.name`}
              label="Their name"
              width={20}
              value={contact.name}
              onText={(name) => put(index, { name })}
              message={message(`contacts.${index}.name`)}
            />
          )}
          <span className="app-contact__buttons">
            {index > 0 && (
              <Button
                look="secondary"
                aria-label={`Move contact ${index + 1} up`}
                onClick={() => move(index, -1)}
              >
                ↑
              </Button>
            )}
            {index < contacts.length - 1 && (
              <Button
                look="secondary"
                aria-label={`Move contact ${index + 1} down`}
                onClick={() => move(index, 1)}
              >
                ↓
              </Button>
            )}
            {contacts.length > 1 && (
              <Button
                look="secondary"
                aria-label={`Remove contact ${index + 1}`}
                onClick={() => onChange(contacts.filter((_, at) => at !== index))}
              >
                Remove
              </Button>
            )}
          </span>
        </fieldset>
      ))}
      <Button
        look="secondary"
        onClick={() =>
          onChange([...contacts, { whose: "patient", name: "", kind: "phone", value: "" }])
        }
      >
        Add another contact
      </Button>
    </>
  );
}
