import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { FormProblem } from "../../components/FormProblem";
import { messageFor, SelectField, TextField } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import type { ChangeUserInput, RoleView, UserView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { NewUserFields, nobody } from "./NewUserFields";

const roles: { value: RoleView; label: string }[] = [
  { value: "callHandler", label: "Call handler" },
  { value: "clinician", label: "Clinician" },
  { value: "practiceAdmin", label: "Practice admin" },
  { value: "supervisor", label: "Supervisor" },
];

/** For supervisors: who may use the desk, and as what. */
export function UsersPage() {
  const { desk, signedIn } = useFrame();
  const queries = useQueryClient();
  const [done, setDone] = useState("");
  const users = useQuery({ queryKey: keys.users, queryFn: () => desk.users() });
  const change = useMutation({
    mutationFn: ({ input }: { input: ChangeUserInput; done: string }) => desk.changeUser(input),
    onSuccess: (_, { done }) => {
      setDone(done);
      void queries.invalidateQueries({ queryKey: keys.users });
    },
    onError: () => setDone(""),
  });
  const problem = problemOf(change.error);
  const give = (input: Partial<ChangeUserInput> & { username: string }, words: string) => {
    if (change.isPending) return;
    const whole = { role: null, locked: null, passphrase: null, ...input };
    change.mutate({ input: whole, done: words });
  };
  return (
    <div className="app-pad">
      <Page title="Users">
        <p role="status" className={done ? "app-booked app-trainer__done" : undefined}>
          {done}
        </p>
        <FormProblem problem={problem} onTryAgain={() => change.reset()} />
        <Loaded query={users} words="Fetching the users">
          {(all) => (
            <ul className="app-plain-list" aria-label="Users of this desk">
              {all.map((user) => (
                <li key={user.username} className="app-card">
                  <User
                    user={user}
                    own={user.username === signedIn?.user.username}
                    busy={change.isPending}
                    give={give}
                  />
                </li>
              ))}
            </ul>
          )}
        </Loaded>
        <NewUser
          onAdded={(user) => {
            setDone(`${user.name} can sign in as ${user.username}.`);
            void queries.invalidateQueries({ queryKey: keys.users });
          }}
        />
      </Page>
    </div>
  );
}

function User({
  user,
  own,
  busy,
  give,
}: {
  user: UserView;
  own: boolean;
  busy: boolean;
  give: (input: Partial<ChangeUserInput> & { username: string }, words: string) => void;
}) {
  const [passphrase, setPassphrase] = useState("");
  const { username, name } = user;
  return (
    <div className="app-user">
      <p className="app-user__who">
        <strong>{name}</strong>
        <br />
        {username} · {user.roleWords}
        {user.locked && <strong> · locked</strong>}
        {own && " · you"}
      </p>
      {!own && (
        <>
          <SelectField
            id={`role-${username}`}
            label={`Role of ${name}`}
            choices={roles}
            value={user.role}
            onText={(role) =>
              give({ username, role: role as RoleView }, `${name} has another role from now on.`)
            }
          />
          <Button
            look="secondary"
            aria-label={`${user.locked ? "Unlock" : "Lock"} ${name}`}
            aria-disabled={busy}
            onClick={() =>
              give(
                { username, locked: !user.locked },
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
          give({ username, passphrase }, `${name} has a new passphrase.`);
          setPassphrase("");
        }}
      >
        <TextField
          id={`passphrase-${username}`}
          label={`New passphrase of ${name}`}
          type="password"
          autoComplete="new-password"
          width={20}
          value={passphrase}
          onText={setPassphrase}
        />
        <Button type="submit" look="secondary" aria-disabled={busy}>
          Set
        </Button>
      </form>
    </div>
  );
}

function NewUser({ onAdded }: { onAdded: (user: UserView) => void }) {
  const { desk } = useFrame();
  const [input, setInput] = useState(nobody);
  const add = useMutation({
    mutationFn: () => desk.addUser(input),
    onSuccess: (user) => {
      setInput(nobody);
      onAdded(user);
    },
  });
  const problem = problemOf(add.error);
  return (
    <section aria-labelledby="new-user">
      <h2 className="app-h2" id="new-user">
        Add a user
      </h2>
      <form
        className="app-card app-narrow"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!add.isPending) add.mutate();
        }}
      >
        <FormProblem problem={problem} onTryAgain={() => add.reset()} />
        <SelectField
          id="role"
          label="Role"
          choices={roles}
          value={input.role}
          onText={(role) => setInput({ ...input, role: role as RoleView })}
          message={messageFor(problem, "role")}
        />
        <NewUserFields input={input} onInput={setInput} problem={problem} />
        <Button type="submit">Add user</Button>
      </form>
    </section>
  );
}
