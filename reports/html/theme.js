/* SPDX-License-Identifier: MIT */
/* Light, dark, or as the reader's system has it. A page from a disk may not be allowed to remember. */
import { segmented } from "./dom.js";

const KEY = "rehearse-theme";

function remembered() {
    try {
        return localStorage.getItem(KEY) || "auto";
    } catch {
        return "auto";
    }
}

function wear(theme) {
    if (theme === "auto") {
        delete document.documentElement.dataset.theme;
    } else {
        document.documentElement.dataset.theme = theme;
    }
}

export function theme_choice() {
    const theme = remembered();
    wear(theme);
    return segmented(
        "Colours",
        [
            ["auto", "Auto", "as the system has it"],
            ["light", "Light"],
            ["dark", "Dark"],
        ],
        theme,
        (value) => {
            wear(value);
            try {
                localStorage.setItem(KEY, value);
            } catch {
                /* then not */
            }
            dispatchEvent(new Event("resize"));
        },
    );
}
