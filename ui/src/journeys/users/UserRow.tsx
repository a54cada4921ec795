import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { messageFor, SelectField, TextField } from "../../components/form";
import type { ChangeUserInput, RoleView, UserView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { roles } from "./roles";

type Change = { input: ChangeUserInput; done: string };

/** A user and what can be changed of them; what came of it is said in their own row. */
export function UserRow({ user, own }: { user: UserView; own: boolean }) {
  const { desk } = useFrame();
  const queries = useQueryClient();
  const [done, setDone] = useState("");
  const [chosen, choose] = useState<RoleView | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const { username, name } = user;
  const change = useMutation({
    mutationFn: ({ input }: Change) => desk.changeUser(input),
    onMutate: () => setDone(""),
    onSuccess: (_, { input, done }) => {
      setDone(done);
      if (input.passphrase !== null) setPassphrase("");
      if (input.role !== null) choose(null);
      void queries.invalidateQueries({ queryKey: keys.users });
    },
  });
  const problem = problemOf(change.error);
  const busy = change.isPending;
  const give = (part: Partial<ChangeUserInput>, done: string) => {
    const input = { username, role: null, locked: null, passphrase: null, ...part };
    if (!busy) change.mutate({ input, done });
  };
  const of = <span className="nhsuk-u-visually-hidden"> of {name}</span>;
  const role = chosen ?? user.role;
  const words = roles.find(({ value }) => value === role)?.label.toLowerCase();
  return (
    <>
      <div className="app-user">
        <p className="app-user__who">
          <strong>{name}</strong>
          <br />
          {username} · {user.roleWords}
          {user.locked && <strong> · locked</strong>}
          {own && " · you"}
        </p>
        {own ? (
          <p className="app-user__own app-quiet">
            Another supervisor changes your role, or locks you.
          </p>
        ) : (
          <>
            {/* Going through a list by keyboard gives nobody a role: that takes a press. */}
            <form
              className="app-user__role"
              noValidate
              onSubmit={(event) => {
                event.preventDefault();
                if (role !== user.role) give({ role }, `${name} is a ${words} from now on.`);
              }}
            >
              <SelectField
                id={`role-${username}`}
                label={<>Role{of}</>}
                choices={roles}
                value={role}
                onText={(text) => choose(text as RoleView)}
              />
              <Button
                type="submit"
                look="secondary"
                aria-disabled={busy || role === user.role}
                aria-label={`Change the role of ${name}`}
              >
                Change
              </Button>
            </form>
            <Button
              look="secondary"
              className="app-user__lock"
              aria-label={`${user.locked ? "Unlock" : "Lock"} ${name}`}
              aria-disabled={busy}
              onClick={() =>
                give(
                  { locked: !user.locked },
                  user.locked ? `${name} may sign in again.` : `${name} may sign in no more.`,
                )
              }
            >
              {user.locked ? "Unlock" : "Lock"}
            </Button>
          </>
        )}
        <form
          className="app-user__passphrase"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            give({ passphrase }, `${name} has a new passphrase.`);
          }}
        >
          <TextField
            id={`passphrase-${username}`}
            label={<>New passphrase{of}</>}
            type="password"
            autoComplete="new-password"
            value={passphrase}
            onText={setPassphrase}
            message={messageFor(problem, `passphrase-${username}`)}
          />
          <Button
            type="submit"
            look="secondary"
            aria-disabled={busy}
            aria-label={`Set the new passphrase of ${name}`}
          >
            Set
          </Button>
        </form>
      </div>
      <FormProblem
        problem={problem}
        onTryAgain={() => change.variables && change.mutate(change.variables)}
      />
      <p role="status" className={done ? "app-done app-user__done" : "app-user__done"}>
        {done && <span aria-hidden="true">✓ </span>}
        {done}
      </p>
    </>
  );
}
