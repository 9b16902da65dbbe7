import { ChevronRight, LogOut } from "lucide-react";
import { Link } from "react-router";
import { Button, Card, Segments } from "../design";
import { useSession } from "../session/session";
import { linked, SETTINGS } from "../shell/navigation";
import { Page } from "../shell/Page";
import { useSignOut } from "../shell/useSignOut";
import { useTheme, type Theme } from "../shell/theme";
import styles from "./settings.module.css";

const THEMES: readonly { readonly value: Theme; readonly label: string }[] = [
  { value: "system", label: "As the system" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
];

/** All settings; the navigation on a phone leads here. */
export default function SettingsPage() {
  const session = useSession();
  const { user } = session;
  const [theme, setTheme] = useTheme();
  const signOut = useSignOut();
  return (
    <Page title="Settings" narrow>
      <Card flush>
        <ul className={styles.places}>
          {linked(SETTINGS, session).map((place) => (
            <li key={place.to}>
              <Link to={place.to}>
                <place.icon size={17} aria-hidden="true" />
                {place.label}
                <ChevronRight size={15} aria-hidden="true" />
              </Link>
            </li>
          ))}
        </ul>
      </Card>
      <Card title="Colours">
        <Segments label="Colours" options={THEMES} value={theme} onChange={setTheme} />
      </Card>
      <p className={styles.who}>
        Signed in as {user.name} ({user.email})
      </p>
      <div>
        <Button onClick={signOut}>
          <LogOut size={14} aria-hidden="true" />
          Sign out
        </Button>
      </div>
    </Page>
  );
}
