/* SPDX-License-Identifier: MIT */
/* Elements, made in one expression. Text is always text: nothing here parses markup. */

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (value === undefined || value === null || value === false) {
            continue;
        }
        if (name.startsWith("on")) {
            element.addEventListener(name.slice(2), value);
        } else if (name === "text") {
            element.textContent = value;
        } else if (name === "style") {
            /* By property: the page's policy refuses the attribute. */
            for (const [property, text] of Object.entries(value)) {
                element.style.setProperty(property, text);
            }
        } else {
            element.setAttribute(name, value === true ? "" : value);
        }
    }
    element.append(...wanted(children));
    return element;
}

/* Children may be lists of lists, and none. */
function wanted(children) {
    return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/* An element of HTML. Attributes that begin with "on" are listeners; false and undefined ones are left out. */
export function el(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

/* An element of SVG. */
export function svg(tag, attributes, ...children) {
    return fill(document.createElementNS(SVG, tag), attributes, children);
}

/* Give an element other children. */
export function put(element, ...children) {
    element.replaceChildren(...wanted(children));
    return element;
}

/* A button with a word in it. */
export function button(text, onclick, attributes) {
    return el("button", { type: "button", text, onclick, ...attributes });
}

/* A button with a drawing in it, 16 by 16. */
export function icon_button(path, label, onclick, title) {
    const it = button("", onclick, { "aria-label": label, title, class: "icon" });
    it.append(
        svg("svg", { width: 16, height: 16, viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: path })),
    );
    return it;
}

/* Buttons of which one is pressed. `options` is [[value, text, title]...]; the group that is returned has a function
 * `choose`. */
export function segmented(label, options, chosen, on_choose) {
    const group = el("div", { class: "segmented", role: "group", "aria-label": label });
    const buttons = options.map(([value, text, title]) =>
        button(text, () => group.choose(value), { "data-value": value, title }),
    );
    group.choose = (value, is_silent) => {
        for (const each of buttons) {
            each.setAttribute("aria-pressed", String(each.dataset.value === value));
        }
        if (!is_silent) {
            on_choose(value);
        }
    };
    group.append(...buttons);
    group.choose(chosen, true);
    return group;
}

/* Put text where it can be pasted from; says whether that worked. */
export async function copy_text(text) {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        /* A page from a disk may not: take the long way. */
        const area = el("textarea", { class: "offscreen", "aria-hidden": "true" });
        area.value = text;
        document.body.append(area);
        area.select();
        const is_done = document.execCommand("copy");
        area.remove();
        return is_done;
    }
}
