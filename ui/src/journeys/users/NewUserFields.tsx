import { messageFor, TextField } from "../../components/form";
import type { NewUserInput, Problem } from "../../contract/contract";

type TypedField = Exclude<keyof NewUserInput, "role">;

const fields: { id: TypedField; label: string; hint?: string; secret?: boolean }[] = [
  { id: "username", label: "Username", hint: "Letters, digits, dot and dash" },
  { id: "title", label: "Title (optional)" },
  { id: "givenName", label: "Given name" },
  { id: "familyName", label: "Family name" },
  { id: "sdsUserId", label: "SDS user id (optional)", hint: "12 digits" },
  { id: "sdsRoleProfileId", label: "SDS role profile id (optional)", hint: "12 digits" },
  { id: "passphrase", label: "Passphrase", secret: true },
  { id: "passphraseAgain", label: "Passphrase again", secret: true },
];

/** A user of whom nothing is known yet. */
export const nobody: NewUserInput = {
  username: "",
  title: "",
  givenName: "",
  familyName: "",
  role: "callHandler",
  sdsUserId: "",
  sdsRoleProfileId: "",
  passphrase: "",
  passphraseAgain: "",
};

/** Everything of a new user but the role. */
export function NewUserFields({
  input,
  onInput,
  problem,
}: {
  input: NewUserInput;
  onInput: (input: NewUserInput) => void;
  problem: Problem | null;
}) {
  return fields.map(({ id, label, hint, secret }) => (
    <TextField
      key={id}
      id={id}
      label={label}
      hint={hint}
      type={secret ? "password" : "text"}
      autoComplete={secret ? "new-password" : "off"}
      value={input[id]}
      onText={(text) => onInput({ ...input, [id]: text })}
      message={messageFor(problem, id)}
    />
  ));
}
