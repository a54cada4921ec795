import type { ButtonHTMLAttributes, Ref } from "react";

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: "primary" | "secondary" | "link";
  ref?: Ref<HTMLButtonElement>;
};

/** A button that does something at once; a form's own button says `type="submit"`. */
export function Button({ look = "primary", className = "", type = "button", ...rest }: Props) {
  const looks = {
    primary: "nhsuk-button app-button",
    secondary: "nhsuk-button nhsuk-button--secondary app-button",
    link: "app-link-button",
  };
  return <button type={type} className={`${looks[look]} ${className}`.trim()} {...rest} />;
}
