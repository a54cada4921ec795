import { useQuery } from "@tanstack/react-query";
import { Button } from "../../components/Button";
import { Combobox } from "../../components/Combobox";
import { DateFields } from "../../components/DateFields";
import { Group, messageFor, TextField } from "../../components/form";
import type { AuditFilterInput, AuditKindGroupView, Problem } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys } from "../../frame/queries";

type Props = {
  typed: AuditFilterInput;
  onType: (part: Partial<AuditFilterInput>) => void;
  onShow: () => void;
  kinds: AuditKindGroupView[];
  problem: Problem | null;
};

/** Which part of the record is looked at. */
export function FilterForm({ typed, onType, onShow, kinds, problem }: Props) {
  const { desk } = useFrame();
  const users = useQuery({ queryKey: keys.users, queryFn: () => desk.users(), staleTime: 60_000 });
  const text = (id: keyof AuditFilterInput) => ({
    id,
    value: typed[id],
    message: messageFor(problem, id),
    onText: (value: string) => onType({ [id]: value }),
  });
  const born = ["birthDay", "birthMonth", "birthYear"] as const;
  return (
    <form
      className="app-audit__filter app-no-print"
      aria-label="Filter"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onShow();
      }}
    >
      <TextField
        label="Patient’s NHS number"
        width={10}
        inputMode="numeric"
        {...text("nhsNumber")}
      />
      <TextField label="or family name" width={10} {...text("familyName")} />
      <Group legend="and date of birth" field="birth" message={messageFor(problem, "birthDay")}>
        <DateFields
          ids={[...born]}
          values={[typed.birthDay, typed.birthMonth, typed.birthYear]}
          onText={(at, value) => onType({ [born[at]]: value })}
          message={messageFor(problem, "birthDay")}
        />
      </Group>
      <Combobox
        id="kind"
        label="Kind of event"
        value={typed.kind}
        onValue={(kind) => onType({ kind })}
        message={messageFor(problem, "kind")}
        choices={kinds.flatMap(({ title, kinds: of }) =>
          of.map(({ code, title: label }) => ({ value: code, label, group: title })),
        )}
      />
      <Combobox
        id="user"
        label="User"
        value={typed.user}
        onValue={(user) => onType({ user })}
        message={messageFor(problem, "user")}
        choices={(users.data ?? []).map(({ username, name }) => ({
          value: username,
          label: username,
          detail: name,
        }))}
      />
      <TextField label="From day" width={10} placeholder="dd-Mmm-yyyy" {...text("from")} />
      <TextField label="Until day" width={10} placeholder="dd-Mmm-yyyy" {...text("until")} />
      <TextField label="Service number" width={10} {...text("service")} />
      <TextField label="Encounter id" width={20} {...text("encounter")} />
      <Button type="submit">Show these</Button>
    </form>
  );
}
