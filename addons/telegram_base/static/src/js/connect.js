/* Looks every second whether the page has something new to show. Plain script: the page is the same
   on every version of Odoo. */
(function () {
    "use strict";
    var page = document.getElementById("telegram_connect");
    var address = page && page.getAttribute("data-watch");
    var form, index, forms = document.getElementsByTagName("form");

    function once(event) {
        var buttons = event.target.querySelectorAll("button[type=submit]");
        // only once the form is on its way: of a button that is disabled before, nothing is sent
        window.setTimeout(function () {
            for (var number = 0; number < buttons.length; number++) {
                buttons[number].disabled = true;
            }
        }, 0);
    }
    for (index = 0; index < forms.length; index++) {
        form = forms[index];
        form.addEventListener("submit", once);
    }
    if (!address) {
        return;
    }
    function shown(found) {
        var picture = document.getElementById("telegram_qr");
        if (found.stamp === page.getAttribute("data-stamp")) {
            return;
        }
        if (picture && found.state === "qr") {
            page.setAttribute("data-stamp", found.stamp);
            picture.src = picture.getAttribute("data-src") + "?" + encodeURIComponent(found.stamp);
        } else {
            window.location.reload();
        }
    }
    function look() {
        var request = new XMLHttpRequest();
        request.open("GET", address);
        request.onload = function () {
            if (request.status === 200) {
                shown(JSON.parse(request.responseText));
            }
        };
        request.onloadend = function () {
            window.setTimeout(look, 1000);
        };
        request.send();
    }
    window.setTimeout(look, 500);
})();
