import { useEffect, useState } from "react";
import type { KeyboardEvent } from "react";
import { Button } from "../../components/Button";
import { TextField } from "../../components/form";
import type { AnswerInput } from "../../contract/contract";

export const emptyAnswer: AnswerInput = { question: "", answer: "" };

/** Questions with their answers: Enter goes on to the answer, then to the next row, which it adds where there is none. */
export function AnswersFields({
  answers,
  onChange,
  message,
}: {
  answers: AnswerInput[];
  onChange: (answers: AnswerInput[]) => void;
  message: (field: string) => string;
}) {
  // The field to go to once the rows are drawn.
  const [goTo, setGoTo] = useState<{ id: string } | null>(null);
  useEffect(() => {
    if (goTo) document.getElementById(goTo.id)?.focus();
  }, [goTo]);
  const focus = (index: number, part: keyof AnswerInput) =>
    setGoTo({ id: `answers.${index}.${part}` });
  const put = (index: number, part: Partial<AnswerInput>) =>
    onChange(answers.map((old, at) => (at === index ? { ...old, ...part } : old)));
  const addAt = (index: number) => {
    onChange([...answers.slice(0, index), emptyAnswer, ...answers.slice(index)]);
    focus(index, "question");
  };
  const remove = (index: number) => {
    const left = answers.filter((_, at) => at !== index);
    onChange(left.length > 0 ? left : [emptyAnswer]);
    focus(Math.max(0, Math.min(index, left.length - 1)), "question");
  };
  const onEnter = (index: number, part: keyof AnswerInput) => (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
    // Enter would send the form.
    event.preventDefault();
    const next = answers[index + 1];
    if (part === "question") focus(index, "answer");
    else if (next && next.question === "") focus(index + 1, "question");
    else addAt(index + 1);
  };
  return (
    <>
      <ol className="app-answers">
        {answers.map(({ question, answer }, index) => (
          <li key={index}>
            <fieldset className="app-answer">
              <legend className="nhsuk-u-visually-hidden">Question {index + 1}</legend>
              <TextField
                id={`answers.${index}.question`}
                label="Question"
                value={question}
                onText={(text) => put(index, { question: text })}
                message={message(`answers.${index}.question`)}
                onKeyDown={onEnter(index, "question")}
                spellCheck
              />
              <TextField
                id={`answers.${index}.answer`}
                label="Answer"
                value={answer}
                onText={(text) => put(index, { answer: text })}
                message={message(`answers.${index}.answer`)}
                onKeyDown={onEnter(index, "answer")}
                spellCheck
              />
              {(answers.length > 1 || question || answer) && (
                <Button
                  look="secondary"
                  aria-label={`Remove question ${index + 1}`}
                  onClick={() => remove(index)}
                >
                  Remove
                </Button>
              )}
            </fieldset>
          </li>
        ))}
      </ol>
      <Button look="secondary" onClick={() => addAt(answers.length)}>
        Add a question
      </Button>
    </>
  );
}
