import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { FormEvent } from "react";
import { Button } from "../../components/Button";
import { ErrorSummary, messageFor, TextField } from "../../components/form";
import { Page } from "../../components/Page";
import { ProblemNotice } from "../../components/ProblemNotice";
import type { NewUserInput, Problem } from "../../contract/contract";
import { useFrame } from "../../frame/frame";
import { problemOf } from "../../frame/queries";
import { NewUserFields, nobody } from "../users/NewUserFields";

export function SignInPage() {
  const { start } = useFrame();
  const [made, setMade] = useState(false);
  if (start.problems.length > 0) return <NotStarted problems={start.problems} />;
  return (
    <div className="app-pad">
      {start.needsFirstUser && !made ? (
        <FirstUserForm onMade={() => setMade(true)} />
      ) : (
        <SignInForm />
      )}
    </div>
  );
}

/** Without its record nobody can sign in, so no form asks for a passphrase in vain. */
function NotStarted({ problems }: { problems: Problem[] }) {
  const { startAgain } = useFrame();
  return (
    <div className="app-pad">
      <Page title="The desk could not be opened">
        {problems.map((problem) => (
          <ProblemNotice
            problem={problem}
            onTryAgain={startAgain}
            key={problem.code + problem.title}
          />
        ))}
      </Page>
    </div>
  );
}

function SignInForm() {
  const { desk, start, setSignedIn, locked } = useFrame();
  const [username, setUsername] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const signIn = useMutation({
    mutationFn: () => desk.signIn({ username, passphrase }),
    onSuccess: setSignedIn,
  });
  const problem = problemOf(signIn.error);
  useEffect(() => {
    // The heading has had its turn; the eye is on the first field.
    document.getElementById("username")?.focus();
  }, []);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!signIn.isPending) signIn.mutate();
  };
  return (
    <Page title="Sign in" aside={start.organisation}>
      {locked && (
        <p className="app-waiting" role="status">
          The desk was locked because nobody was at it. Whoever signs in goes on where it was left;
          what was typed is kept.
        </p>
      )}
      <div className="app-sign-in">
        <form onSubmit={send} noValidate className="app-card">
          {problem && <ErrorSummary problem={problem} />}
          <TextField
            id="username"
            label="Username"
            value={username}
            onText={setUsername}
            message={messageFor(problem, "username")}
            autoComplete="username"
          />
          <TextField
            id="passphrase"
            label="Passphrase"
            type="password"
            value={passphrase}
            onText={setPassphrase}
            message={messageFor(problem, "passphrase")}
            autoComplete="current-password"
          />
          <Button type="submit" id="signIn">
            Sign in
          </Button>
        </form>
        {start.readyUsers.length > 0 && (
          <section className="app-card">
            <h2 className="app-h2" id="ready-users">
              Ready users of the demonstration
            </h2>
            <table className="nhsuk-table app-table" aria-labelledby="ready-users">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Role</th>
                  <th scope="col">Username</th>
                  <th scope="col">Passphrase</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {start.readyUsers.map((user) => (
                  <tr key={user.username}>
                    <th scope="row">{user.name}</th>
                    <td>{user.roleWords}</td>
                    <td>{user.username}</td>
                    <td>{user.passphrase}</td>
                    <td>
                      <Button
                        look="secondary"
                        aria-label={`Use ${user.username}`}
                        onClick={() => {
                          setUsername(user.username);
                          setPassphrase(user.passphrase);
                          document.getElementById("signIn")?.focus();
                        }}
                      >
                        Use
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      </div>
    </Page>
  );
}

function FirstUserForm({ onMade }: { onMade: () => void }) {
  const { desk, setSignedIn } = useFrame();
  const [input, setInput] = useState<NewUserInput>({ ...nobody, role: "supervisor" });
  const create = useMutation({
    mutationFn: () => desk.createFirstUser(input),
    onSuccess: (view) => {
      onMade();
      setSignedIn(view);
    },
  });
  const problem = problemOf(create.error);
  return (
    <Page title="Make the first user" aside="This desk has no user yet. The first is a supervisor.">
      <form
        className="app-card app-narrow"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!create.isPending) create.mutate();
        }}
      >
        {problem && <ErrorSummary problem={problem} />}
        <NewUserFields input={input} onInput={setInput} problem={problem} />
        <Button type="submit">Make user and sign in</Button>
      </form>
    </Page>
  );
}
