import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/Button";
import { DoneNote } from "../../components/DoneNote";
import { FormProblem } from "../../components/FormProblem";
import { messageFor, SelectField } from "../../components/form";
import { Loaded } from "../../components/Loaded";
import { Page } from "../../components/Page";
import type { RoleView } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { keys, problemOf } from "../../frame/queries";
import { NewUserFields, nobody } from "./NewUserFields";
import { roles } from "./roles";
import { UserRow } from "./UserRow";

/** For supervisors: who may use the desk, and as what. */
export function UsersPage() {
  const { desk, signedIn } = useFrame();
  const users = useQuery({ queryKey: keys.users, queryFn: () => desk.users() });
  return (
    <div className="app-pad">
      <Page title="Users">
        <Loaded query={users} words="Fetching the users">
          {(all) => (
            <ul className="app-plain-list" aria-label="Users of this desk">
              {all.map((user) => (
                <li key={user.username} className="app-card">
                  <UserRow user={user} own={user.username === signedIn?.user.username} />
                </li>
              ))}
            </ul>
          )}
        </Loaded>
        <NewUser />
      </Page>
    </div>
  );
}

function NewUser() {
  const { desk } = useFrame();
  const queries = useQueryClient();
  const [input, setInput] = useState(nobody);
  const [done, setDone] = useState("");
  const add = useMutation({
    mutationFn: () => desk.addUser(input),
    onMutate: () => setDone(""),
    onSuccess: (user) => {
      setInput(nobody);
      setDone(`${user.name} can sign in as ${user.username}.`);
      void queries.invalidateQueries({ queryKey: keys.users });
    },
  });
  const problem = problemOf(add.error);
  return (
    <section aria-labelledby="new-user">
      <h2 className="app-h2" id="new-user">
        Add a user
      </h2>
      <DoneNote words={done} />
      <form
        className="app-card"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!add.isPending) add.mutate();
        }}
      >
        <FormProblem problem={problem} onTryAgain={() => add.mutate()} />
        <div className="app-new-user">
          <SelectField
            id="role"
            label="Role"
            choices={roles}
            value={input.role}
            onText={(role) => setInput({ ...input, role: role as RoleView })}
            message={messageFor(problem, "role")}
          />
          <NewUserFields input={input} onInput={setInput} problem={problem} />
        </div>
        <Button type="submit">Add user</Button>
      </form>
    </section>
  );
}
